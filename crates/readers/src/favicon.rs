//! A site's icon: where a page says it is, and its digests in the forms that fingerprint sets write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use std::cell::RefCell;

use lol_html::{HtmlRewriter, Settings, element};
use url::Url;

/// How much of a page is searched for its icon, in bytes; the link belongs into the head.
const SEARCHED: usize = 128 * 1024;
/// Characters on a line of MIME base64 (RFC 2045, 6.8).
const LINE: usize = 76;

/// MurmurHash3 (32 bit, seed 0, signed) over the MIME base64 form with a line feed after every line, the last one too.
pub fn mmh3(icon: &[u8]) -> i32 {
    let encoded = STANDARD.encode(icon);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    for (index, character) in encoded.char_indices() {
        if index > 0 && index % LINE == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    // Memory cannot fail to be read.
    murmur3::murmur3_32(&mut lines.as_bytes(), 0).unwrap_or_default().cast_signed()
}

/// MD5 of the bytes, lower-case hexadecimal.
pub fn md5(icon: &[u8]) -> String {
    Md5::digest(icon).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The address of the first `<link rel="icon">` (also `shortcut icon`) that a page at `url` has, resolved against its base.
pub fn address(html: &str, url: &str) -> Option<String> {
    let own = Url::parse(url).ok()?;
    let found = RefCell::new((None, None));
    let settings = Settings::new()
        .append_element_content_handler(element!("base[href]", |base| {
            let mut found = found.borrow_mut();
            found.0 = found.0.take().or_else(|| base.get_attribute("href"));
            Ok(())
        }))
        .append_element_content_handler(element!("link[rel][href]", |link| {
            let rel = link.get_attribute("rel").unwrap_or_default();
            if rel.split_whitespace().any(|word| word.eq_ignore_ascii_case("icon")) {
                let mut found = found.borrow_mut();
                found.1 = found.1.take().or_else(|| link.get_attribute("href"));
            }
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings.with_strict(false), |_: &[u8]| {});
    // What was found before an error stands.
    let _ = rewriter.write(crate::words::head(html, SEARCHED).as_bytes()).and_then(|()| rewriter.end());
    let (base, icon) = found.into_inner();
    let base = base.and_then(|href: String| own.join(href.trim()).ok()).unwrap_or(own);
    let icon: String = icon?;
    let icon = base.join(htmlize::unescape_attribute(icon.trim()).as_ref()).ok()?;
    matches!(icon.scheme(), "http" | "https").then(|| icon.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_field() {
        // MurmurHash3 of nothing is 0 with seed 0; MD5 of nothing stands in RFC 1321.
        assert_eq!((mmh3(b""), md5(b"").as_str()), (0, "d41d8cd98f00b204e9800998ecf8427e"));
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        // Over "YWJj\n", by an implementation written apart.
        assert_eq!(mmh3(b"abc"), -868_969_266);
        // More than one line.
        assert_eq!(mmh3(&[b'a'; 100]), 392_384_712);
    }

    #[test]
    fn the_first_icon_counts_and_the_base_holds() {
        let page = "<base href=/x/><link rel=stylesheet href=a.css><link rel='Shortcut ICON' href='i.ico?a=1&amp;b=2'><link rel=icon href=/b>";
        assert_eq!(address(page, "http://a.cn/y/z").as_deref(), Some("http://a.cn/x/i.ico?a=1&b=2"));
        assert_eq!(address("<link rel=icon href='data:,x'>", "http://a.cn/"), None);
        assert_eq!(address("<link rel=icon", "http://a.cn/"), None);
    }
}
