//! The provocation (L3): one request that a protection device should stop and an application takes no notice of, beside a plain one.
//!
//! Invariant: two requests, both GET, to one address; the test stands in a parameter that nobody reads, asks for nothing and changes
//! nothing.

use dialer::permit::Permit;
use model::facts::proofs::Provocation;
use model::facts::web::Visit;
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;
use url::Url;

use crate::probes::Probes;
use crate::walk::{Depth, Page, Walk};

/// The parameter that no application has, so that none acts on it.
const PARAMETER: &str = "mingcha-protection-check";
/// What devices know from every attack tool: a script, and a way out of the folder. It holds no statement of a database, so that an
/// application that takes every parameter into one does not act on it either.
const TEST: &str = "<script>alert(1)</script>../../../../etc/passwd";

/// Statuses by which devices refuse. A missing page, a long address, a throttle and a broken server are none.
const NOT_REFUSING: [u16; 5] = [404, 408, 410, 414, 429];

impl Probes {
    /// Asks for `url` plainly and then with the provocation. Needs a permit of L3.
    ///
    /// # Errors
    /// When the permit does not reach, when the plain request brings no page to compare with, and when the provoked one fails in a way that
    /// says nothing of a device: a time-out, a throttle, an error of the server's own.
    pub async fn provocation(&self, permit: &Permit, url: &str) -> Result<Provocation, Failure> {
        if permit.level() < AccessLevel::L3 {
            let detail = format!("a provocation needs L3, the permit is for {:?}", permit.level());
            return Err(Failure::new(FailureClass::NotPermitted, detail));
        }
        let (plain, html) = self.look(permit, url).await?;
        if let Some(failure) = readers::access::failure(&plain, &html) {
            return Err(failure);
        }
        // Where the site leads on, the page at the end is provoked: a redirect would not carry the parameter along.
        let mut provoking = Url::parse(plain.end())
            .map_err(|error| Failure::new(FailureClass::ProtocolError, format!("{}: {error}", plain.end())))?;
        provoking.query_pairs_mut().append_pair(PARAMETER, TEST);
        let status = |visit: &Visit| visit.last().map_or(0, |hop| hop.status);
        let found = Provocation { url: provoking.to_string(), plain: status(&plain), ..Provocation::default() };
        let (provoked, html) = match self.look(permit, provoking.as_str()).await {
            Ok(looked) => looked,
            Err(failure) if failure.class == FailureClass::ConnectionReset => return Ok(Provocation { stopped: true, ..found }),
            Err(failure) => return Err(failure),
        };
        let provoked_status = status(&provoked);
        let found = Provocation { provoked: Some(provoked_status), ..found };
        match readers::access::failure(&provoked, &html) {
            None => Ok(found),
            Some(failure) if failure.class == FailureClass::BlockPage => {
                let device = failure.detail.split(", HTTP").next().map(str::to_owned);
                Ok(Provocation { stopped: true, device, ..found })
            }
            Some(_) if (400..500).contains(&provoked_status) && !NOT_REFUSING.contains(&provoked_status) => {
                Ok(Provocation { stopped: true, ..found })
            }
            // A device may cut the connection in the midst of a chain.
            Some(failure) if failure.class == FailureClass::ConnectionReset => {
                Ok(Provocation { provoked: None, stopped: true, ..found })
            }
            Some(failure) => Err(failure),
        }
    }

    async fn look(&self, permit: &Permit, url: &str) -> Result<(Visit, String), Failure> {
        let walked = Walk::new(&self.dialer, &self.tls, permit, Depth::Page).run(url).await?;
        let (visit, page) = walked.seen(url);
        Ok((visit, Page::html(page.as_ref()).to_owned()))
    }
}
