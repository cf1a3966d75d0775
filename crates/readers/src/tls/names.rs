//! Suites and groups: their names, and which of them are offered in which version.
//!
//! The suites of TLS come from IANA's registry as `tls-parser` carries it. What the registry does not hold stands here, with its source.

use std::sync::LazyLock;

use tls_parser::{CIPHERS, TlsCipherEnc, TlsCipherEncMode, TlsCipherKx, TlsCipherMac, TlsCipherSuite};

use super::Version;

/// Suites of TLCP (GB/T 38636-2020, table 2), which IANA does not register; those that servers have first.
const TLCP_SUITES: [(u16, &str); 12] = [
    (0xE013, "ECC_SM4_CBC_SM3"),
    (0xE053, "ECC_SM4_GCM_SM3"),
    (0xE011, "ECDHE_SM4_CBC_SM3"),
    (0xE051, "ECDHE_SM4_GCM_SM3"),
    (0xE015, "IBSDH_SM4_CBC_SM3"),
    (0xE055, "IBSDH_SM4_GCM_SM3"),
    (0xE017, "IBC_SM4_CBC_SM3"),
    (0xE057, "IBC_SM4_GCM_SM3"),
    (0xE019, "RSA_SM4_CBC_SM3"),
    (0xE059, "RSA_SM4_GCM_SM3"),
    (0xE01C, "RSA_SM4_CBC_SHA256"),
    (0xE05A, "RSA_SM4_GCM_SHA256"),
];

/// Cipher kinds of SSLv2 (the protocol's specification of 1995, section C.4), which are no suites and three bytes long.
const SSL2_KINDS: [(u32, &str); 7] = [
    (0x07_00C0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
    (0x05_0080, "SSL_CK_IDEA_128_CBC_WITH_MD5"),
    (0x03_0080, "SSL_CK_RC2_128_CBC_WITH_MD5"),
    (0x01_0080, "SSL_CK_RC4_128_WITH_MD5"),
    (0x06_0040, "SSL_CK_DES_64_CBC_WITH_MD5"),
    (0x04_0080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"),
    (0x02_0080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"),
];

/// Groups (IANA, "TLS Supported Groups", as of 2026-09), in the order in which they are offered.
const GROUPS: [(u16, &str); 42] = [
    (29, "x25519"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (30, "x448"),
    (41, "curveSM2"),
    (4588, "X25519MLKEM768"),
    (4587, "SecP256r1MLKEM768"),
    (4589, "SecP384r1MLKEM1024"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"),
    (33, "brainpoolP512r1tls13"),
    (256, "ffdhe2048"),
    (257, "ffdhe3072"),
    (258, "ffdhe4096"),
    (259, "ffdhe6144"),
    (260, "ffdhe8192"),
    (22, "secp256k1"),
    (21, "secp224r1"),
    (20, "secp224k1"),
    (19, "secp192r1"),
    (18, "secp192k1"),
    (17, "secp160r2"),
    (16, "secp160r1"),
    (15, "secp160k1"),
    (14, "sect571r1"),
    (13, "sect571k1"),
    (12, "sect409r1"),
    (11, "sect409k1"),
    (10, "sect283r1"),
    (9, "sect283k1"),
    (8, "sect239k1"),
    (7, "sect233r1"),
    (6, "sect233k1"),
    (5, "sect193r2"),
    (4, "sect193r1"),
    (3, "sect163r2"),
    (2, "sect163r1"),
    (1, "sect163k1"),
];

/// Values that signal something in a list of suites and are none (RFC 5746, RFC 7507), and the suite that stands for "none yet".
const NO_SUITES: [u16; 3] = [0x0000, 0x00FF, 0x5600];

/// How the keys of a suite are agreed on, as far as it decides what a key exchange message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Ephemeral, over a curve.
    Curve,
    /// Ephemeral, over a finite field.
    FiniteField,
    /// Another way.
    Other,
}

/// IANA's name of a suite; its number where there is no name.
pub fn suite(id: u16) -> String {
    let own = || TLCP_SUITES.iter().find(|(known, _)| *known == id).map(|(_, name)| *name);
    TlsCipherSuite::from_id(id).map(|suite| suite.name).or_else(own).map_or_else(|| format!("0x{id:04X}"), String::from)
}

/// The name of a cipher kind of SSLv2; its number where there is no name.
pub fn ssl2_kind(id: u32) -> String {
    SSL2_KINDS.iter().find(|(known, _)| *known == id).map_or_else(|| format!("0x{id:06X}"), |(_, name)| (*name).into())
}

/// IANA's name of a group; its number where there is no name.
pub fn group(id: u16) -> String {
    GROUPS.iter().find(|(known, _)| *known == id).map_or_else(|| format!("0x{id:04X}"), |(_, name)| (*name).into())
}

/// How the keys of a suite are agreed on.
pub fn agreement(suite: u16) -> Agreement {
    match TlsCipherSuite::from_id(suite).map(|suite| suite.kx) {
        Some(TlsCipherKx::Ecdhe | TlsCipherKx::Aecdh) => Agreement::Curve,
        Some(TlsCipherKx::Dhe) => Agreement::FiniteField,
        None if matches!(suite, 0xE011 | 0xE051) => Agreement::Curve,
        // Anonymous exchanges are ephemeral too, static ones send no key exchange message.
        Some(TlsCipherKx::Dh) => Agreement::FiniteField,
        _ => Agreement::Other,
    }
}

/// Every suite that `version` can carry, those that servers have first. None for SSLv2.
pub fn suites(version: Version) -> &'static [u16] {
    static SUITES: LazyLock<[Vec<u16>; 4]> = LazyLock::new(|| {
        let tlcp = TLCP_SUITES.iter().map(|(id, _)| *id).collect();
        [registered(is_old), registered(|suite| !is_thirteen(suite)), registered(is_thirteen), tlcp]
    });
    let [old, twelve, thirteen, tlcp] = &*SUITES;
    match version {
        Version::Ssl2 => &[],
        Version::Ssl3 | Version::Tls10 | Version::Tls11 => old,
        Version::Tls12 => twelve,
        Version::Tls13 => thirteen,
        Version::Tlcp => tlcp,
    }
}

/// The suites of [`suites`] that servers in use have, for those that choke on a long list.
pub fn common_suites(version: Version) -> Vec<u16> {
    let is_common = |id: &&u16| TlsCipherSuite::from_id(**id).is_none_or(|suite| rank(suite) < RARE);
    suites(version).iter().filter(is_common).copied().collect()
}

/// The cipher kinds of SSLv2.
pub fn ssl2_kinds() -> impl Iterator<Item = u32> {
    SSL2_KINDS.iter().map(|(id, _)| *id)
}

/// Every group that `version` can carry. Finite fields and those of TLS 1.3 alone are offered there alone, for in older versions they do not
/// choose between curves.
pub fn groups(version: Version) -> Vec<u16> {
    let is_curve_of_old = |id: &u16| matches!(id, 1..=30 | 41);
    let is_of_thirteen = |id: &u16| matches!(id, 23..=25 | 29..=33 | 41 | 256..);
    let ids = GROUPS.iter().map(|(id, _)| *id);
    match version {
        Version::Tls13 => ids.filter(is_of_thirteen).collect(),
        Version::Tls10 | Version::Tls11 | Version::Tls12 => ids.filter(is_curve_of_old).collect(),
        Version::Ssl2 | Version::Ssl3 | Version::Tlcp => Vec::new(),
    }
}

const RARE: u8 = 3;

/// Suites of the registry, those that servers have first.
fn registered(wanted: impl Fn(&TlsCipherSuite) -> bool) -> Vec<u16> {
    let mut found: Vec<_> = CIPHERS.values().filter(|suite| !NO_SUITES.contains(&suite.id.0) && wanted(suite)).collect();
    found.sort_by_key(|suite| (rank(suite), suite.id.0));
    found.iter().map(|suite| suite.id.0).collect()
}

fn rank(suite: &TlsCipherSuite) -> u8 {
    use TlsCipherEnc as E;
    let is_usual = matches!(suite.enc, E::Aes | E::Chacha20_Poly1305 | E::TripleDes | E::Rc4 | E::Sm4);
    match suite.kx {
        _ if !is_usual => RARE,
        TlsCipherKx::Tls13 | TlsCipherKx::Ecdhe => 0,
        TlsCipherKx::Rsa => 1,
        TlsCipherKx::Dhe => 2,
        _ => RARE,
    }
}

fn is_thirteen(suite: &TlsCipherSuite) -> bool {
    suite.kx == TlsCipherKx::Tls13
}

/// Before TLS 1.2 there were neither authenticated modes nor newer digests.
fn is_old(suite: &TlsCipherSuite) -> bool {
    let mode = !matches!(suite.enc_mode, TlsCipherEncMode::Gcm | TlsCipherEncMode::Ccm);
    let digest = matches!(suite.mac, TlsCipherMac::Null | TlsCipherMac::HmacMd5 | TlsCipherMac::HmacSha1);
    mode && digest && !is_thirteen(suite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_iana_s_or_the_standard_s() {
        assert_eq!(suite(0xC02F), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!((suite(0x00C6), suite(0xE013)), ("TLS_SM4_GCM_SM3".into(), "ECC_SM4_CBC_SM3".into()));
        assert_eq!((group(41), group(23), group(0xABCD)), ("curveSM2".into(), "secp256r1".into(), "0xABCD".into()));
        assert_eq!((ssl2_kind(0x01_0080), suite(0xFEFE)), ("SSL_CK_RC4_128_WITH_MD5".into(), "0xFEFE".into()));
    }

    #[test]
    fn each_version_offers_its_own() {
        let holds = |version, id| suites(version).contains(&id);
        assert!(holds(Version::Tls13, 0x1301) && holds(Version::Tls13, 0x00C6) && !holds(Version::Tls12, 0x1301));
        assert!(holds(Version::Tls12, 0xC02F) && !holds(Version::Tls11, 0xC02F));
        assert!(holds(Version::Tls10, 0x000A) && holds(Version::Ssl3, 0x0004) && !holds(Version::Tls12, 0x00FF));
        assert_eq!(suites(Version::Tlcp).first(), Some(&0xE013));
        assert!(suites(Version::Tls12).len() > 250, "the whole registry");
        assert!((20..120).contains(&common_suites(Version::Tls12).len()), "{}", common_suites(Version::Tls12).len());
        assert_eq!(agreement(0xC02F), Agreement::Curve);
        assert_eq!((agreement(0x009E), agreement(0x002F)), (Agreement::FiniteField, Agreement::Other));
        assert!(
            groups(Version::Tls13).contains(&41)
                && groups(Version::Tls12).contains(&29)
                && !groups(Version::Tls12).contains(&256)
        );
    }
}
