//! robots.txt (RFC 9309), read for this product.
//!
//! Invariant: a file of any size costs a bounded amount: what is beyond the bounds is not read.

use texting_robots::Robot;

/// The name by which a robots.txt addresses this product.
pub const PRODUCT: &str = "mingcha";

/// How much is read, in bytes (RFC 9309, 2.5: at least 500 KiB).
const READ: usize = 512 * 1024;
/// How many lines are read: each may become a pattern that has to be compiled.
const LINES: usize = 5000;
/// How many paths are tried to see whether anything is closed.
const TRIED: usize = 200;
/// How many site maps are kept.
const SITEMAPS: usize = 100;
/// The longest address that is kept, in bytes.
const ADDRESS: usize = 2048;

/// What a robots.txt says to us.
#[derive(Debug, Default)]
pub struct Rules {
    robot: Option<Robot>,
    /// True when a group that names us closes the whole site.
    pub names_us: bool,
    /// True when some path is closed to us.
    pub restricts: bool,
    /// Seconds between requests, rounded up.
    pub delay_s: Option<u32>,
    /// Addresses of site maps, as written.
    pub sitemaps: Vec<String>,
}

/// Reads a robots.txt. What is no such file has no rules.
pub fn read(bytes: &[u8]) -> Rules {
    let text = String::from_utf8_lossy(bytes.get(..READ).unwrap_or(bytes));
    let text: String = text.split(['\n', '\r', '\0']).take(LINES).flat_map(|line| [line, "\n"]).collect();
    let Ok(robot) = Robot::new(PRODUCT, text.as_bytes()) else { return Rules::default() };
    let addressed = values(&text, "user-agent").any(|agent| agent.eq_ignore_ascii_case(PRODUCT));
    let mut closed = values(&text, "disallow").filter(|path| !path.is_empty()).take(TRIED);
    let restricts = closed.any(|path| !robot.allowed(&path.replace('*', "x").replace('$', "")));
    // Also refuses NaN.
    let delay_s = robot.delay.filter(|delay| *delay > 0.0).map(whole_seconds);
    let plain = |address: &&String| address.len() <= ADDRESS && !address.contains(char::is_control);
    let sitemaps = robot.sitemaps.iter().filter(plain).take(SITEMAPS).cloned().collect();
    Rules { names_us: addressed && !robot.allowed("/"), restricts, delay_s, sitemaps, robot: Some(robot) }
}

impl Rules {
    /// Whether `url` may be asked for.
    pub fn allows(&self, url: &str) -> bool {
        self.robot.as_ref().is_none_or(|robot| robot.allowed(url))
    }
}

/// The values of all lines with `key`, comments cut off.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| {
        let (name, value) = line.split('#').next()?.split_once(':')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim())
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates, and it is positive")]
fn whole_seconds(delay: f32) -> u32 {
    delay.ceil() as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_group_for_all_binds_us() {
        let rules = read(b"User-agent: *\nDisallow: /admin/\nCrawl-delay: 1.5\nSitemap: http://a.cn/map.xml\n");
        assert!(!rules.names_us && rules.restricts);
        assert_eq!((rules.delay_s, rules.sitemaps.as_slice()), (Some(2), ["http://a.cn/map.xml".to_owned()].as_slice()));
        assert!(rules.allows("http://a.cn/") && !rules.allows("http://a.cn/admin/x"));
    }

    #[test]
    fn only_a_group_that_names_us_is_an_opt_out() {
        assert!(read(b"User-agent: MingCha # you\nDisallow: /\n").names_us);
        let all = read(b"User-agent: *\nDisallow: /\n");
        assert!(!all.names_us && all.restricts);
        let part = read(b"User-agent: mingcha\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n");
        assert!(!part.names_us && part.restricts && part.allows("/y"));
        let others = read(b"User-agent: other\nDisallow: /\n");
        assert!(!others.names_us && !others.restricts);
    }

    #[test]
    fn a_large_file_is_cut() {
        let rules = read("User-agent: *\nDisallow: /a*b$\n".repeat(100_000).as_bytes());
        assert!(rules.restricts);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(?s)((user-agent|disallow|allow|crawl-delay|sitemap): ?[a-z*$/0-9.\\x00-]{0,8}\r?\n|.{0,20}){0,10}", path in ".{0,20}") {
            let rules = read(text.as_bytes());
            let _ = rules.allows(&format!("http://a.cn/{path}"));
        }
    }
}
