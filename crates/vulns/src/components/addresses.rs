//! What the addresses of a page's scripts tell: which library in which version, and of which script a fingerprint speaks.
//!
//! Invariant: only names that the table of products has for packages of npm are libraries; any other file may be anybody's.

use model::advisory::Product;
use model::facts::scripts::{Script, Scripts};

use crate::naming::known;
use crate::product::package;

/// The package and the version that an address names: `jquery-1.11.0.min.js`, `…/vue@2.6.10/dist/vue.js`, `…/lodash.js/4.17.15/lodash.js`.
pub(super) fn library(url: &str) -> Option<(Product, &str)> {
    let path = path(url);
    let (folders, file) = path.rsplit_once('/')?;
    let file = file.strip_suffix(".js")?;
    let of_file = file.match_indices(['-', '.', '@']).find_map(|(at, _)| told(&file[..at], &file[at + 1..]));
    of_file.or_else(|| {
        let mut parts = folders.rsplit('/').peekable();
        std::iter::from_fn(|| parts.next().map(|part| (part, parts.peek().copied()))).find_map(|(part, before)| {
            let with_sign = part.rsplit_once('@').and_then(|(name, version)| told(name, version));
            with_sign.or_else(|| told(before?, part))
        })
    })
}

fn told<'a>(name: &str, version: &'a str) -> Option<(Product, &'a str)> {
    let end = version.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(version.len());
    let number = version[..end].trim_end_matches('.');
    // What stands behind it is the kind of build; a stage (`-rc.1`) is left to who reads the file.
    let is_whole = [".min", "-min", ".slim", ".slim.min", ".pack", ".umd", ".umd.min", ""].contains(&&version[number.len()..]);
    if !is_whole || !number.contains('.') || !number.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let npm = |name: &str| package("npm", None, name).ok().filter(|product| known().of_product(product).is_some());
    npm(name).or_else(|| npm(name.strip_suffix(".js")?)).map(|product| (product, number))
}

/// The script in whose address this text was found.
pub(super) fn holder<'a>(scripts: &'a Scripts, matched: &str) -> Option<&'a Script> {
    // A short text is in many.
    (matched.len() > 5).then(|| scripts.scripts.iter().find(|script| script.url.contains(matched))).flatten()
}

/// Whether a number in the query of a script's address is not the script's: applications put their own version there, behind every script.
pub(super) fn is_of_all(scripts: &Scripts, script: &Script, number: &str) -> bool {
    let in_query = |script: &Script| script.url.split_once('?').is_some_and(|(_, query)| query.contains(number));
    let mut others = scripts.scripts.iter().filter(|other| path(&other.url) != path(&script.url));
    !path(&script.url).contains(number) && in_query(script) && others.any(in_query)
}

fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_name_a_library() {
        for (url, package, version) in [
            ("https://www.example.gov.cn/js/jquery-1.11.0.min.js", "pkg:npm/jquery", "1.11.0"),
            ("/static/lodash-4.17.15.js?t=1", "pkg:npm/lodash", "4.17.15"),
            ("/js/jquery-migrate-1.4.1.min.js", "pkg:npm/jquery-migrate", "1.4.1"),
            ("/js/jquery.3.4.1.js", "pkg:npm/jquery", "3.4.1"),
            ("https://cdn.example.com/npm/vue@2.6.10/dist/vue.min.js", "pkg:npm/vue", "2.6.10"),
            ("https://cdn.example.com/ajax/libs/lodash.js/4.17.15/lodash.min.js", "pkg:npm/lodash", "4.17.15"),
            ("/lib/bootstrap/3.3.7/js/bootstrap.min.js", "pkg:npm/bootstrap", "3.3.7"),
        ] {
            assert_eq!(library(url), Some((Product::new(package), version)), "{url}");
        }
        for url in [
            "/js/main-1.2.3.js",
            "/js/vue-router-3.0.1.js",
            "/js/jquery-20190301.js",
            "/js/jquery.js?v=1.2.3",
            "/js/jquery-1.0.0-rc1.js",
            "/js/jquery.validate-1.9.0.css",
            "jquery-1.2.3.js",
            "",
        ] {
            assert_eq!(library(url), None, "{url}");
        }
    }
}
