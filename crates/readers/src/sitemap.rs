//! Site maps (sitemaps.org, 0.9): lists of pages, lists of lists, and plain text with an address on a line.
//!
//! Invariant: no document type is read and no entity expanded but the five of XML itself, and what is returned is bounded.

use quick_xml::Reader;
use quick_xml::events::Event;

/// The longest address that is kept, in bytes (sitemaps.org: under 2048 characters).
const ADDRESS: usize = 2048;

/// What a site map lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Addresses of pages, in its order.
    pub pages: Vec<String>,
    /// Addresses of further site maps.
    pub maps: Vec<String>,
    /// True when it lists more than `limit`.
    pub cut: bool,
}

/// Reads at most `limit` addresses. Damaged XML is read as far as it goes.
pub fn read(bytes: &[u8], limit: usize) -> Sitemap {
    let text = crate::charset::decode(bytes, None).text;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('<') { xml(start, limit) } else { lines(start, limit) }
}

fn lines(text: &str, limit: usize) -> Sitemap {
    let mut found = Sitemap::default();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("http://") || line.starts_with("https://")) {
        if !found.take(line, false, limit) {
            break;
        }
    }
    found
}

fn xml(text: &str, limit: usize) -> Sitemap {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let (mut found, mut in_index) = (Sitemap::default(), false);
    // The address under way, inside `<loc>`.
    let mut open: Option<String> = None;
    loop {
        let mut add = |piece: &str| {
            if let Some(address) = open.as_mut().filter(|address| address.len() <= ADDRESS) {
                address.push_str(crate::words::head(piece, ADDRESS + 1));
            }
        };
        match reader.read_event() {
            Ok(Event::Start(element)) => match element.local_name().as_ref() {
                "sitemap" => in_index = true,
                "url" => in_index = false,
                "loc" => open = Some(String::new()),
                _ => {}
            },
            Ok(Event::Text(piece)) => add(&piece),
            Ok(Event::CData(piece)) => add(&piece),
            Ok(Event::GeneralRef(reference)) => add(entity(&reference)),
            Ok(Event::End(element)) if element.local_name().as_ref() == "loc" => {
                if !found.take(open.take().unwrap_or_default().trim(), in_index, limit) {
                    return found;
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The five entities of XML; any other is nothing, so that none can grow.
fn entity(name: &str) -> &'static str {
    match name {
        "amp" | "#38" | "#x26" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" | "#39" | "#x27" => "'",
        _ => "",
    }
}

impl Sitemap {
    /// Takes an address in; false when there is no room for it.
    fn take(&mut self, address: &str, is_map: bool, limit: usize) -> bool {
        if address.is_empty() || address.len() > ADDRESS || address.contains(char::is_control) {
            return true;
        }
        if self.pages.len() + self.maps.len() >= limit {
            self.cut = true;
            return false;
        }
        if is_map { &mut self.maps } else { &mut self.pages }.push(address.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_and_maps_are_told_apart() {
        let pages = read(
            b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc> http://a.cn/?a=1&amp;b=2 </loc>\
              </url><url><loc><![CDATA[http://a.cn/c]]></loc></url></urlset>",
            10,
        );
        assert_eq!(pages.pages, ["http://a.cn/?a=1&b=2", "http://a.cn/c"]);
        let index = read(b"<s:sitemapindex><s:sitemap><s:loc>http://a.cn/m.xml.gz</s:loc></s:sitemap></s:sitemapindex>", 10);
        assert_eq!((index.maps.as_slice(), index.pages.len()), (["http://a.cn/m.xml.gz".to_owned()].as_slice(), 0));
        assert_eq!(read(b"\xef\xbb\xbfhttp://a.cn/1\r\nother\r\nhttps://a.cn/2\n", 10).pages.len(), 2);
    }

    #[test]
    fn bombs_stay_small() {
        let bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
            <urlset><url><loc>http://a.cn/&b;&f;</loc></url></urlset>";
        assert_eq!(read(bomb, 10).pages, ["http://a.cn/"]);
        let long = format!("<urlset><url><loc>http://a.cn/{}</loc></url></urlset>", "x".repeat(1_000_000));
        assert_eq!(read(long.as_bytes(), 10), Sitemap::default());
        let many = format!("<urlset>{}</urlset>", "<url><loc>http://a.cn/</loc></url>".repeat(50));
        let cut = read(many.as_bytes(), 10);
        assert_eq!((cut.pages.len(), cut.cut), (10, true));
    }

    #[test]
    fn damage_keeps_what_came_before() {
        assert_eq!(read(b"<urlset><url><loc>http://a.cn/1</loc></url><url><loc>http://a", 10).pages, ["http://a.cn/1"]);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(<loc>|</loc>|<url>|<!DOCTYPE|<!\\[CDATA\\[|&amp;|&|]]>|http://a|\\PC){0,40}") {
            prop_assert!(read(text.as_bytes(), 3).pages.len() <= 3);
        }
    }
}
