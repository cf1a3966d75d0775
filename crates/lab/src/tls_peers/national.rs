//! Certificates with SM2 keys and SM2-with-SM3 signatures (GB/T 20518), written in DER by hand because `rcgen` knows no national algorithm.
//!
//! Keys follow from names, so that the lab is the same each time; they protect nothing.

use sm2::SecretKey;
use sm2::dsa::signature::Signer;
use sm2::dsa::{Signature, SigningKey};
use sm3::{Digest, Sm3};

/// The signer's identity where none is agreed on (GB/T 35276).
const IDENTITY: &str = "1234567812345678";
const SM2_WITH_SM3: &[u8] = &[0x30, 0x0A, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x83, 0x75];
/// An elliptic-curve key over the SM2 curve.
const SM2_KEY: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D,
];
/// Basic constraints: an authority.
const IS_AUTHORITY: &[u8] =
    &[0x30, 0x0F, 0x06, 0x03, 0x55, 0x1D, 0x13, 0x01, 0x01, 0xFF, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xFF];
const SUBJECT_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1D, 0x11];

/// A root that issues certificates with SM2 keys.
pub struct Authority {
    name: String,
    key: SigningKey,
}

impl Authority {
    /// The root of this name.
    #[expect(clippy::expect_used, reason = "a digest below the group's order is a key; every name of the lab has one")]
    pub fn new(name: &str) -> Self {
        let key = key(name).expect("the name's digest is a key");
        Self { name: name.into(), key }
    }

    /// Its own certificate, in DER form.
    pub fn certificate(&self) -> Vec<u8> {
        self.issue(&self.name, 1, &self.key, IS_AUTHORITY)
    }

    /// A server's two certificates for TLCP: for signing, for encrypting.
    #[expect(clippy::expect_used, reason = "a digest below the group's order is a key; every name of the lab has one")]
    pub fn pair(&self, host: &str) -> [Vec<u8>; 2] {
        let mut names = tlv(0x30, &tlv(0x82, host.as_bytes()));
        names = tlv(0x30, &[SUBJECT_NAMES, &tlv(0x04, &names)].concat());
        ["signing", "encrypting"].map(|use_| {
            let key = key(&format!("{host} {use_}")).expect("the name's digest is a key");
            self.issue(host, if use_ == "signing" { 2 } else { 3 }, &key, &names)
        })
    }

    fn issue(&self, subject: &str, serial: u8, key: &SigningKey, extension: &[u8]) -> Vec<u8> {
        let validity = [tlv(0x17, b"260101000000Z"), tlv(0x17, b"360101000000Z")].concat();
        let point = key.verifying_key().to_sec1_bytes();
        let bits = tlv(0x03, &[&[0], &*point].concat());
        let signed = [
            tlv(0xA0, &[0x02, 0x01, 0x02]),
            tlv(0x02, &[serial]),
            SM2_WITH_SM3.to_vec(),
            name(&self.name),
            tlv(0x30, &validity),
            name(subject),
            tlv(0x30, &[SM2_KEY, &bits].concat()),
            tlv(0xA3, &tlv(0x30, extension)),
        ];
        let signed = tlv(0x30, &signed.concat());
        let signature: Signature = self.key.sign(&signed);
        let numbers = [integer(&signature.r_bytes()), integer(&signature.s_bytes())].concat();
        let signature = tlv(0x03, &[vec![0], tlv(0x30, &numbers)].concat());
        tlv(0x30, &[signed, SM2_WITH_SM3.to_vec(), signature].concat())
    }
}

fn key(name: &str) -> Option<SigningKey> {
    let secret = SecretKey::from_slice(&Sm3::digest(name.as_bytes())).ok()?;
    SigningKey::new(IDENTITY, &secret).ok()
}

/// A distinguished name with an organisation and a common name.
fn name(common: &str) -> Vec<u8> {
    let attribute =
        |kind: u8, text: &str| tlv(0x31, &tlv(0x30, &[vec![0x06, 0x03, 0x55, 0x04, kind], tlv(0x0C, text.as_bytes())].concat()));
    tlv(0x30, &[attribute(10, "示例市人民政府"), attribute(3, common)].concat())
}

/// An INTEGER that is not negative.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes.iter().skip_while(|byte| **byte == 0).copied().collect();
    let sign = digits.first().is_none_or(|byte| byte & 0x80 != 0);
    tlv(0x02, &[vec![0; usize::from(sign)], digits].concat())
}

/// Tag, length and content; for contents below 65,536 bytes.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, 0..0x80) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, content].concat()
}
