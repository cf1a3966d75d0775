//! What a certificate chain is worth: which of the certificates sent matter, and how strong they are.

use model::facts::tls::Certificate;

/// The server's certificate and those above it that were sent, each the issuer of the one before, without a root. A certificate that
/// was sent but stands beside the chain counts for nothing.
pub fn path(chain: &[Certificate]) -> Vec<&Certificate> {
    let mut path: Vec<&Certificate> = chain.first().into_iter().collect();
    while let Some(last) = path.last() {
        let next = chain.iter().find(|above| above.subject == last.issuer && !is_root(above) && !path.contains(above));
        match next {
            Some(above) => path.push(above),
            None => break,
        }
    }
    path
}

/// True when the server's certificate or one above it has a key of the national algorithms (SM2).
pub fn is_national(chain: &[Certificate]) -> bool {
    path(chain).iter().any(|certificate| certificate.key_algorithm == "SM2")
}

/// The key in words, when it is too short.
pub fn weak_key(certificate: &Certificate, weak_rsa_bits: u32) -> Option<String> {
    let bits = certificate.key_bits?;
    let least = match certificate.key_algorithm.as_str() {
        "RSA" => weak_rsa_bits,
        "EC" => LEAST_CURVE_BITS,
        _ => return None,
    };
    (bits < least).then(|| format!("{} {bits}", certificate.key_algorithm))
}

/// The signature algorithm, when it rests on MD2, MD5 or SHA-1. A certificate that signs itself proves nothing by its signature.
pub fn weak_signature(certificate: &Certificate) -> Option<&str> {
    let algorithm = certificate.signature_algorithm.as_str();
    let name = algorithm.to_lowercase();
    let broken = ["md2", "md5", "sha1", "sha-1"].iter().any(|hash| name.contains(hash));
    (broken && !is_root(certificate)).then_some(algorithm)
}

/// A certificate that is its own issuer. Its place in the trust store speaks for it, not its signature.
fn is_root(certificate: &Certificate) -> bool {
    certificate.subject == certificate.issuer
}

/// 112 bits of security take a curve of 224 bits (NIST SP 800-57 part 1, table 2).
const LEAST_CURVE_BITS: u32 = 224;
