//! The lab's certification authority: a root, an intermediate, and every kind of certificate that a site may plant.
//!
//! Invariant: all dates follow from one reference time, so that a world looks the same whenever it is started.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::error::LabError;
use crate::world::behaviour::CertificateKind;

const DAY: i64 = 86_400;

/// The authority and its keys.
pub struct Authority {
    at: Timestamp,
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
    /// All sites share one key, so that a world of thousands starts at once.
    site_key: KeyPair,
}

/// A certificate as its server sends it.
pub struct Issued {
    /// The server's certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivatePkcs8KeyDer<'static>,
}

impl Authority {
    /// Makes new keys. `at` is the time around which certificates are valid.
    pub fn new(at: Timestamp) -> Result<Self, LabError> {
        let root = CertifiedIssuer::self_signed(authority("Lab Root CA", at), key()?).map_err(failed("Lab Root CA"))?;
        let intermediate =
            CertifiedIssuer::signed_by(authority("Lab Government CA", at), key()?, &root).map_err(failed("Lab Government CA"))?;
        let stranger = CertifiedIssuer::self_signed(authority("Stranger CA", at), key()?).map_err(failed("Stranger CA"))?;
        Ok(Self { at, root, intermediate, stranger, site_key: key()? })
    }

    /// The root certificate, PEM.
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// A certificate of the kind for a host, which may be a wildcard, and for further names.
    pub fn issue(&self, host: &str, others: &[String], kind: CertificateKind) -> Result<Issued, LabError> {
        let name = if kind == CertificateKind::OtherName { "www.other.lab.cn" } else { host };
        let (from, to) = match kind {
            CertificateKind::Expired => (-200, -10),
            CertificateKind::NotYetValid => (10, 300),
            CertificateKind::EndsSoon => (-200, 10),
            _ => (-30, 335),
        };
        let mut params = CertificateParams::new([&[name.to_owned()], others].concat()).map_err(failed(host))?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::CountryName, "CN");
        set_validity(&mut params, self.at, from, to);
        params.use_authority_key_identifier_extension = true;
        let certificate = match kind {
            CertificateKind::SelfSigned => params.self_signed(&self.site_key),
            CertificateKind::Untrusted => params.signed_by(&self.site_key, &self.stranger),
            _ => params.signed_by(&self.site_key, &self.intermediate),
        }
        .map_err(failed(host))?;
        let mut chain = Vec::from([certificate.der().clone()]);
        match kind {
            CertificateKind::SelfSigned | CertificateKind::Incomplete => {}
            CertificateKind::Untrusted => chain.push(self.stranger.der().clone()),
            _ => chain.push(self.intermediate.der().clone()),
        }
        Ok(Issued { chain, key: PrivatePkcs8KeyDer::from(self.site_key.serialize_der()) })
    }
}

fn key() -> Result<KeyPair, LabError> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed("a key"))
}

fn failed(host: &str) -> impl Fn(rcgen::Error) -> LabError {
    move |source| LabError::Certificate { host: host.to_owned(), source }
}

fn authority(name: &str, at: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "Mingcha Lab");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = [KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign].into();
    set_validity(&mut params, at, -400, 3000);
    params
}

/// Sets begin and end, in days from the reference time.
fn set_validity(params: &mut CertificateParams, at: Timestamp, from: i64, to: i64) {
    let moment = |days: i64| {
        let seconds = u64::try_from(at.as_second() + days * DAY).unwrap_or(0);
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    (params.not_before, params.not_after) = (moment(from), moment(to));
}
