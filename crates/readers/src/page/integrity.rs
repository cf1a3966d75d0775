//! Subresource Integrity (W3C, "Subresource Integrity", 3.5): whether an `integrity` attribute pins a script's content.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// The digests that browsers know, with their length in bytes. With any other a browser loads the script unchecked.
const DIGESTS: [(&str, usize); 3] = [("sha256-", 32), ("sha384-", 48), ("sha512-", 64)];

/// Whether a browser checks the script against at least one digest in `integrity`.
pub(super) fn pins(integrity: &str) -> bool {
    integrity.split_ascii_whitespace().any(|digest| DIGESTS.iter().any(|(name, length)| is(digest, name, *length)))
}

fn is(digest: &str, name: &str, length: usize) -> bool {
    let Some((head, value)) = digest.split_at_checked(name.len()) else { return false };
    let value = value.split('?').next().unwrap_or_default();
    let decoded = STANDARD.decode(value).or_else(|_| URL_SAFE.decode(value));
    head.eq_ignore_ascii_case(name) && decoded.is_ok_and(|bytes| bytes.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_digest_that_browsers_check_pins() {
        let digest = STANDARD.encode([7; 48]);
        assert!(pins(&format!("sha384-{digest}")));
        assert!(pins(&format!(" sha1-x\n SHA384-{digest}?ct=text/javascript ")));
        for none in ["", "sha384-", &format!("sha256-{digest}"), &format!("md5-{digest}"), "sha384-政府", &digest] {
            assert!(!pins(none), "{none}");
        }
    }
}
