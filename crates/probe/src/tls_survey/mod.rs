//! The TLS survey: what a server speaks, found by hellos of our own that are broken off before any key is agreed on.
//!
//! A server picks one of what a hello offers; the pick is taken out of the offer and the next hello sent, until the server refuses. So a
//! list of `n` entries costs `n + 1` connections, however many were offered.
//!
//! Invariant: at most [`CONNECTIONS`] connections, one at a time; every answer is bounded in size and time. "No" is said only where the
//! server said so; what could not be found out is `None` with its failure.

mod ask;
pub mod opening;
mod survey;

use std::net::IpAddr;

use dialer::permit::Permit;
use model::facts::tls::TlsSurvey;
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;

use self::opening::Opening;
use self::survey::Survey;
use crate::probes::Probes;

/// Most connections of one survey. A server with the defaults of OpenSSL 3 takes 54.
pub const CONNECTIONS: u32 = 256;

/// A survey with the certificates that it saw.
#[derive(Clone, Debug)]
pub struct TlsSurveyCapture {
    /// The facts.
    pub survey: TlsSurvey,
    /// The certificates of its chains in DER form, chain after chain in the order of the facts.
    pub chains_der: Vec<Vec<u8>>,
}

impl Probes {
    /// Surveys the TLS of a port where TLS begins at once. `host` is sent as SNI unless it is an address; `ip` is the address to dial, by
    /// default the first of the host's that answers, for the whole survey.
    ///
    /// # Errors
    /// [`FailureClass::NotPermitted`] for a permit below L2; otherwise only when nothing at all could be found out: the first hello's failure.
    pub async fn tls_survey(
        &self,
        permit: &Permit,
        host: &str,
        ip: Option<IpAddr>,
        port: u16,
    ) -> Result<TlsSurveyCapture, Failure> {
        self.tls_survey_after(permit, host, ip, port, Opening::Direct).await
    }

    /// The same on a port where TLS begins after words of another protocol.
    ///
    /// # Errors
    /// As [`tls_survey`](Self::tls_survey).
    pub async fn tls_survey_after(
        &self,
        permit: &Permit,
        host: &str,
        ip: Option<IpAddr>,
        port: u16,
        opening: Opening,
    ) -> Result<TlsSurveyCapture, Failure> {
        if permit.level() < AccessLevel::L2 {
            let detail = format!("{host}:{port}: a TLS survey needs L2, the permit is for {:?}", permit.level());
            return Err(Failure::new(FailureClass::NotPermitted, detail));
        }
        Survey::new(self, permit, host, ip, port, opening).run().await
    }
}
