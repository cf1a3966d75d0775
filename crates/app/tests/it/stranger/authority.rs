//! A certification authority of the tests' own: a root, an intermediate below it, and chains for hosts, all as PEM files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};

/// The authority and the folder for its files.
pub struct Authority {
    folder: PathBuf,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
}

impl Authority {
    /// Makes the keys and writes `ca.pem` and `key.pem`, the one key of all hosts.
    pub fn new(folder: &Path) -> Self {
        let root = CertifiedIssuer::self_signed(authority("Stranger Root"), key()).unwrap();
        let intermediate = CertifiedIssuer::signed_by(authority("Stranger Issuing"), key(), &root).unwrap();
        let own = key();
        std::fs::write(folder.join("ca.pem"), root.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), own.serialize_pem()).unwrap();
        Self { folder: folder.into(), intermediate, key: own }
    }

    /// Writes the certificate for `name`, valid between two days counted from today, to the file `<file>.pem`; if `whole`, with the
    /// intermediate one behind it.
    pub fn issue(&self, file: &str, name: &str, days: (i64, i64), whole: bool) -> PathBuf {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        validity(&mut params, days);
        let leaf = params.signed_by(&self.key, &self.intermediate).unwrap();
        let path = self.folder.join(format!("{file}.pem"));
        std::fs::write(&path, if whole { leaf.pem() + &self.intermediate.pem() } else { leaf.pem() }).unwrap();
        path
    }
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = [KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign].into();
    validity(&mut params, (-400, 3000));
    params
}

fn validity(params: &mut CertificateParams, (from, to): (i64, i64)) {
    let moment = |days: i64| {
        let seconds = u64::try_from(Timestamp::now().as_second() + days * 86_400).unwrap();
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    (params.not_before, params.not_after) = (moment(from), moment(to));
}
