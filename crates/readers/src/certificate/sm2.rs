//! Whether the signatures of a chain with SM2 keys hold (SM2-with-SM3: GB/T 32918.2, GB/T 35275).
//!
//! Invariant: dates are left aside; a chain is trusted only when every certificate above a server's own is an authority's and every signature
//! up to a given root holds.

use model::facts::tls::Trust;
use sm2::dsa::signature::Verifier;
use sm2::dsa::{Signature, VerifyingKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::{SM2_CURVE, SM2_WITH_SM3, curve};

/// The signer's identity where none is agreed on (GB/T 35276, section 10).
const IDENTITY: &str = "1234567812345678";
/// Longest way from a server's certificate to a root.
const DEPTH: usize = 8;

/// Whether a chain as sent (DER, the server's certificate first) leads to one of `roots` (DER) by signatures that hold.
///
/// TLCP sends two certificates of the server's, for signing and for encrypting; when the second is no authority's it must hold as well. What
/// the chain holds beside the way to a root plays no part.
pub fn trust<B: AsRef<[u8]>, R: AsRef<[u8]>>(sent: &[B], roots: &[R]) -> Trust {
    let chain: Vec<X509Certificate<'_>> = sent.iter().map_while(|der| parsed(der.as_ref())).collect();
    let roots: Vec<X509Certificate<'_>> = roots.iter().filter_map(|der| parsed(der.as_ref())).collect();
    let Some((first, rest)) = chain.split_first() else { return Trust::Invalid("no certificate was sent".into()) };
    let encrypting = rest.first().filter(|second| !second.is_ca());
    let own = encrypting.map(|second| way(second, rest, &roots));
    match (way(first, rest, &roots), own) {
        (Trust::Trusted, Some(second)) => second,
        (first, _) => first,
    }
}

fn parsed(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

/// Follows the issuers of `leaf` upwards.
fn way(leaf: &X509Certificate<'_>, sent: &[X509Certificate<'_>], roots: &[X509Certificate<'_>]) -> Trust {
    let is_own_issuer = leaf.subject().as_raw() == leaf.issuer().as_raw();
    let mut current = leaf;
    for _ in 0..DEPTH {
        if roots.iter().any(|root| root.as_ref() == current.as_ref() || issued(root, current) && holds(root, current)) {
            return Trust::Trusted;
        }
        if is_own_issuer {
            return if holds(leaf, leaf) { Trust::SelfSigned } else { broken(leaf) };
        }
        let mut named = sent.iter().filter(|above| issued(above, current) && above.as_ref() != current.as_ref()).peekable();
        if named.peek().is_none() {
            return Trust::UnknownIssuer;
        }
        match named.find(|above| holds(above, current)) {
            Some(above) => current = above,
            None => return broken(current),
        }
    }
    Trust::Invalid(format!("the chain has more than {DEPTH} steps"))
}

fn broken(certificate: &X509Certificate<'_>) -> Trust {
    Trust::Invalid(format!("the signature of certificate {} does not hold under its issuer's key", super::serial(certificate)))
}

fn issued(above: &X509Certificate<'_>, below: &X509Certificate<'_>) -> bool {
    above.is_ca() && above.subject().as_raw() == below.issuer().as_raw()
}

/// Whether the signature of `below` holds under the key of `above`.
fn holds(above: &X509Certificate<'_>, below: &X509Certificate<'_>) -> bool {
    let key = above.public_key();
    let is_sm2 = below.signature_algorithm.algorithm.to_id_string() == SM2_WITH_SM3
        && curve(&key.algorithm).is_some_and(|curve| curve == SM2_CURVE);
    let verified = || {
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, &key.subject_public_key.data).ok()?;
        let signature = Signature::from_der(&below.signature_value.data).ok()?;
        key.verify(below.tbs_certificate.as_ref(), &signature).ok()
    };
    is_sm2 && verified().is_some()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    /// Lines of the fixture: a root, an authority below it, a server's signing and encrypting certificates, one that signs itself.
    fn fixture() -> Vec<Vec<u8>> {
        let lines = include_str!("../../tests/sm2-chain.txt").lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| STANDARD.decode(line.split_once(' ').expect("a name").1).expect("base64")).collect()
    }

    #[test]
    fn signatures_are_followed_to_a_root() {
        let [root, middle, signing, encrypting, own] = &fixture()[..] else { panic!("five certificates") };
        let none: [&[u8]; 0] = [];
        assert_eq!(trust(&[signing, encrypting, middle], &[root]), Trust::Trusted);
        assert_eq!(trust(&[signing, encrypting, middle, root], &[root]), Trust::Trusted);
        assert_eq!(trust(&[signing, encrypting, middle, root], &none), Trust::UnknownIssuer);
        assert_eq!(trust(&[signing, encrypting], &[root]), Trust::UnknownIssuer, "the authority between is missing");
        assert_eq!(trust(&[signing, own, middle], &[root]), Trust::SelfSigned, "the encrypting one must hold too");
        assert_eq!(trust(&[own], &[root]), Trust::SelfSigned);
        assert_eq!(trust(&[own], &[own]), Trust::Trusted);
        assert!(matches!(trust(&none, &none), Trust::Invalid(_)));
    }

    #[test]
    fn a_changed_certificate_does_not_hold() {
        let [root, middle, signing, _, own] = &fixture()[..] else { panic!("five certificates") };
        let altered = |der: &[u8], old: &[u8], new: &[u8]| {
            let at = der.windows(old.len()).position(|bytes| bytes == old).expect("the words are there");
            [&der[..at], new, &der[at + old.len()..]].concat()
        };
        let forged = altered(signing, b"www.example.cn", b"www.examp1e.cn");
        assert!(matches!(trust(&[&forged, middle], &[root]), Trust::Invalid(words) if words.contains("does not hold")));
        // Its name as issuer and as subject.
        let own = (0..2).fold(own.clone(), |own, _| altered(&own, b"Organisation", b"organisation"));
        assert!(matches!(trust(&[&own], &[root]), Trust::Invalid(_)));
    }

    proptest! {
        #[test]
        fn damaged_certificates_never_panic(which in 0_usize..5, at in 0_usize..600, byte in any::<u8>()) {
            let mut chain = fixture();
            let length = chain[which].len();
            chain[which][at % length] = byte;
            let (roots, sent) = chain.split_at(1);
            let _ = trust(sent, roots);
        }
    }
}
