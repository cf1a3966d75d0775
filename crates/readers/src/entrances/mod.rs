//! Entrances: which links lead to one, and what the page behind one says: for whom it is, what it leads to, how one signs in.
//!
//! Invariant: a way to sign in is told only by words that say so, or by the address of a platform's sign-on; that a page can be shared on
//! a platform or followed there is none.

mod links;
mod login_form;
mod parts;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use model::facts::clients::{Audience, EntrancePage, SystemKind, Way};
use model::facts::web::Visit;
use serde::Deserialize;

pub use links::{Candidate, Candidates, among, of_services};
pub use login_form::{LoginForm, login_form};

use crate::words::{fold, half_width, head};
use parts::Parts;

/// How much of the source is searched for the marks of products, in bytes.
const SEARCHED: usize = 512 * 1024;
/// Less visible text than this, in characters, cannot tell that no sign-in is asked.
const OPEN_TEXT: usize = 100;
/// The most signs that are kept, and the longest of each and of a title, in bytes.
const SIGNS: usize = 20;
const SIGN: usize = 200;

/// `data/entrances.toml`, which says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    links: links::Words,
    audience: AudienceWords,
    open: OpenWords,
    system: Vec<System>,
    way: Vec<WayWords>,
    product: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceWords {
    staff: Vec<String>,
    public: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenWords {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct System {
    kind: SystemKind,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WayWords {
    way: Way,
    words: Vec<String>,
    addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    name: String,
    system: SystemKind,
    #[serde(default)]
    title: Vec<String>,
    #[serde(default)]
    body: Vec<String>,
    #[serde(default)]
    realm: Vec<String>,
    #[serde(default)]
    path: Vec<String>,
    #[serde(default)]
    cookie: Vec<String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/entrances.toml")).expect("data/entrances.toml is a list of words and marks")
});

/// Reads what stands behind an entrance: the end of a visit with its decoded HTML. `words` are those of the link that led there.
pub fn page(visit: &Visit, html: &str, words: &str) -> EntrancePage {
    let read = crate::page::read(html, visit.end());
    let shown = Shown::new(visit, html, words, &read);
    let mut signs = Signs::default();
    let product = shown.product(&mut signs);
    let mut ways = shown.ways(&mut signs);
    let system = product.map(|product| product.system).or_else(|| shown.system(&mut signs));
    let audience = if product.is_some() { Audience::Staff } else { shown.audience(&mut signs) };
    let status = visit.last().map_or(0, |hop| hop.status);
    let says_enough = !read.script_built && read.text.chars().nth(OPEN_TEXT).is_some() && (200..300).contains(&status);
    if ways.is_empty() && says_enough && !holds_any(&shown.words, &WORDS.open.words) {
        ways.push(Way::Open);
    }
    EntrancePage {
        url: visit.end().to_owned(),
        status,
        title: clean(&read.title),
        audience,
        system,
        product: product.map(|product| product.name.clone()),
        ways,
        signs: signs.0,
    }
}

/// Whether a page has a field for a password.
pub fn asks_password(html: &str) -> bool {
    Parts::of(html).has_password
}

/// What a page shows, prepared for comparing.
struct Shown {
    /// Title and words of the link.
    name: String,
    /// Visible text, and the words in attributes.
    words: String,
    /// Addresses that it leads to or that its scripts name.
    addresses: String,
    source: String,
    realm: Option<String>,
    path: String,
    cookies: Vec<String>,
    has_password: bool,
}

impl Shown {
    fn new(visit: &Visit, html: &str, words: &str, read: &model::facts::page::HomePage) -> Self {
        let parts = Parts::of(html);
        let last = visit.last();
        let challenge = last.and_then(|hop| hop.header("www-authenticate").next());
        // What redirects passed through belongs to the way: a sign-on sends one on at once.
        let hops: String = visit.hops.iter().map(|hop| format!("{}\n", hop.url)).collect();
        let path = url::Url::parse(visit.end()).map(|url| url.path().to_owned()).unwrap_or_default();
        Self {
            name: plain(&format!("{}\n{words}", read.title)),
            words: plain(&format!("{}\n{}\n{}", read.title, read.text, parts.words)),
            addresses: plain(&format!("{hops}{}", parts.addresses)),
            source: head(html, SEARCHED).to_ascii_lowercase(),
            realm: challenge.map(plain),
            path: plain(&path),
            cookies: visit.hops.iter().flat_map(|hop| &hop.cookies).map(|cookie| cookie.name.to_ascii_lowercase()).collect(),
            has_password: parts.has_password,
        }
    }

    fn product(&self, signs: &mut Signs) -> Option<&'static Product> {
        let found = |product: &Product| {
            let realm = self.realm.as_deref().unwrap_or_default();
            let title = self.name.lines().next().unwrap_or_default();
            let mark = |marks: &[String], text: &str| marks.iter().find(|mark| holds(text, mark)).cloned();
            let cookie =
                || product.cookie.iter().find(|name| self.cookies.iter().any(|cookie| cookie.starts_with(*name))).cloned();
            mark(&product.title, title)
                .or_else(|| mark(&product.realm, realm))
                .or_else(|| mark(&product.path, &self.path))
                .or_else(cookie)
                .or_else(|| mark(&product.body, &self.source))
        };
        let (product, mark) = WORDS.product.iter().find_map(|product| Some((product, found(product)?)))?;
        signs.push(&mark);
        Some(product)
    }

    fn system(&self, signs: &mut Signs) -> Option<SystemKind> {
        let (system, word) =
            WORDS.system.iter().find_map(|system| Some((system, system.words.iter().find(|word| holds(&self.name, word))?)))?;
        signs.push(word);
        Some(system.kind)
    }

    /// Title and link decide; only where they say nothing does the page, and not where it speaks to both.
    fn audience(&self, signs: &mut Signs) -> Audience {
        for text in [&self.name, &self.words] {
            let find = |words: &'static [String]| words.iter().find(|word| holds(text, word));
            match (find(&WORDS.audience.staff), find(&WORDS.audience.public)) {
                (Some(word), None) => {
                    signs.push(word);
                    return Audience::Staff;
                }
                (None, Some(word)) => {
                    signs.push(word);
                    return Audience::Public;
                }
                (Some(_), Some(_)) => return Audience::Unknown,
                (None, None) => {}
            }
        }
        Audience::Unknown
    }

    fn ways(&self, signs: &mut Signs) -> Vec<Way> {
        let schemes = ["basic", "digest", "ntlm", "negotiate"];
        let challenged = self.realm.as_deref().filter(|realm| schemes.iter().any(|scheme| realm.starts_with(scheme)));
        let mut ways = Vec::new();
        if self.has_password || challenged.is_some() {
            ways.push(Way::Password);
            signs.push(challenged.unwrap_or("type=password"));
        }
        for way in &WORDS.way {
            let word = way.words.iter().find(|word| holds(&self.words, word));
            if let Some(mark) = word.or_else(|| way.addresses.iter().find(|address| holds(&self.addresses, address))) {
                ways.push(way.way);
                signs.push(mark);
            }
        }
        ways
    }
}

/// The texts that told something.
#[derive(Default)]
struct Signs(Vec<String>);

impl Signs {
    fn push(&mut self, sign: &str) {
        let sign = clean(sign);
        if self.0.len() < SIGNS && !self.0.contains(&sign) {
            self.0.push(sign);
        }
    }
}

/// Whether all parts of a mark are in `text`. A short word in Latin letters counts only by itself: `oa` is no part of `loading`.
fn holds(text: &str, mark: &str) -> bool {
    mark.split(" & ").all(|part| {
        let short = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !short {
            return text.contains(part);
        }
        let letter = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
        text.match_indices(part)
            .any(|(at, _)| !letter(text[..at].chars().next_back()) && !letter(text[at + part.len()..].chars().next()))
    })
}

fn holds_any(text: &str, marks: &[String]) -> bool {
    marks.iter().any(|mark| holds(text, mark))
}

/// Lower case and half width.
fn plain(text: &str) -> String {
    text.chars().map(half_width).map(|character| character.to_ascii_lowercase()).collect()
}

/// A text as it is kept.
fn clean(text: &str) -> String {
    let text: String = fold(text).chars().filter(|character| !character.is_control()).collect();
    head(&text, SIGN).to_owned()
}
