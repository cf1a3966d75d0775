//! The home page as several browsers get it (L1): a visitor may come with any of them.
//!
//! Invariant: the owner of the site can always see who came. Every borrowed name is followed by the product's own, so a gate sees the
//! browser and the log shows the product; a site that tells the two apart treats all borrowed names alike.

use std::collections::BTreeMap;

use dialer::permit::Permit;
use model::digest::Digest;
use model::facts::clients::{ClientAnswer, ClientVisit, ClientVisits};
use model::facts::web::Visit;
use model::observation::{Failure, FailureClass, Outcome};

use crate::crawl::clean;
use crate::probes::Probes;
use crate::walk::{Carried, Depth, Page, Walk, Walked};

/// Longest title that is kept, in characters.
const TITLE: usize = 200;

/// The browsers by name, with what they call themselves: a common one, two of the domestic desktops (信创), a telephone, the browser inside
/// WeChat, and Internet Explorer as Edge's mode still sends it.
pub const BROWSERS: [(&str, &str); 7] = [
    (
        "chrome-windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    ("firefox-linux", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (
        "chromium-uos",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) UOS Browser Chrome/114.0.5735.248 Safari/537.36",
    ),
    ("firefox-kylin", "Mozilla/5.0 (X11; Linux aarch64; rv:115.0) Gecko/20100101 Firefox/115.0"),
    (
        "safari-iphone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ),
    (
        "wechat-android",
        "Mozilla/5.0 (Linux; Android 14; 2211133C Build/UKQ1.230804.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.188 Mobile Safari/537.36 MicroMessenger/8.0.57.2820(0x28003933) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64",
    ),
    ("edge-ie-mode", "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"),
];

/// Visits with what they brought.
#[derive(Clone, Debug, Default)]
pub struct FetchedVisits {
    /// The facts. What the page asks for is left for the caller to fill in, who has its scripts.
    pub visits: ClientVisits,
    /// The bodies, each once, for the blob store.
    pub bodies: Vec<(Digest, Vec<u8>)>,
}

impl Probes {
    /// Visits `url` once as each of [`BROWSERS`]. When the site asks to slow down, the rest of the visits are not made.
    pub async fn clients(&self, permit: &Permit, url: &str) -> FetchedVisits {
        let mut found = FetchedVisits { visits: ClientVisits { url: clean(url), ..ClientVisits::default() }, bodies: Vec::new() };
        let pace = self.pace();
        let mut carried = Carried::paced(pace);
        let mut read = BTreeMap::new();
        let mut slow_down: Option<Failure> = None;
        for (browser, name) in &BROWSERS {
            let answer = match &slow_down {
                Some(failure) => Outcome::Failed(failure.clone()),
                None => {
                    let walk = Walk::new(&self.dialer, &self.tls, permit, Depth::Page).carrying(std::mem::take(&mut carried));
                    let name = with_own_name(name, &self.dialer.settings().user_agent);
                    match walk.calling_itself(name).run(url).await {
                        Ok(mut walked) => {
                            carried = std::mem::take(&mut walked.carried).another_visitor();
                            answer(url, walked, &mut read, &mut found.bodies)
                        }
                        Err(failure) => {
                            carried.pause(pace);
                            Outcome::Failed(failure)
                        }
                    }
                }
            };
            slow_down =
                slow_down.or_else(|| answer.failure().filter(|failure| failure.class == FailureClass::RateLimited).cloned());
            found.visits.visits.push(ClientVisit { browser: (*browser).into(), answer });
        }
        found
    }
}

/// A borrowed name followed by the product's own: `Mozilla/5.0 (…) … Safari/537.36 (Mingcha/0.1; …)`.
fn with_own_name(name: &str, own: &str) -> String {
    let own = own.strip_prefix("Mozilla/5.0").unwrap_or(own).trim();
    let inner = own.strip_prefix('(').and_then(|own| own.strip_suffix(')')).unwrap_or(own);
    let inner = inner.strip_prefix("compatible;").unwrap_or(inner).trim();
    format!("{name} ({inner})")
}

/// What is read in a page, by its digest and address: most browsers are given the same one.
type Read = BTreeMap<(Option<Digest>, String), ClientAnswer>;

/// What came. A refusal is an answer, since browsers may be refused one by one; what a protection device or a broken server says is none.
fn answer(start: &str, walked: Walked, known: &mut Read, bodies: &mut Vec<(Digest, Vec<u8>)>) -> Outcome<ClientAnswer> {
    let (visit, page) = walked.seen(start);
    let html = Page::html(page.as_ref());
    if let Some(failure) = readers::access::failure(&visit, html)
        && !matches!(failure.class, FailureClass::AccessDenied | FailureClass::NotAPage)
    {
        return Outcome::Failed(failure);
    }
    let digest = visit.body.as_ref().map(|body| body.digest);
    let read = known.entry((digest, visit.end().to_owned())).or_insert_with(|| read(html, &visit));
    let answer = ClientAnswer { status: visit.last().map_or(0, |hop| hop.status), body: digest, ..read.clone() };
    if let Some((digest, page)) = answer.body.zip(page)
        && !bodies.iter().any(|(known, _)| *known == digest)
    {
        bodies.push((digest, page.content.bytes));
    }
    Outcome::Seen(answer)
}

fn read(html: &str, visit: &Visit) -> ClientAnswer {
    let read = readers::page::read(html, visit.end());
    ClientAnswer {
        url: visit.end().to_owned(),
        title: clean(&read.title).chars().take(TITLE).collect(),
        text_length: u32::try_from(read.text.chars().filter(|character| !character.is_whitespace()).count()).unwrap_or(u32::MAX),
        turned_away: readers::clients::turned_away(&read.text),
        ..ClientAnswer::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_products_own_name_stays_in_sight() {
        let own = dialer::settings::Settings::default().user_agent;
        assert_eq!(with_own_name("Mozilla/5.0 (X)", &own), "Mozilla/5.0 (X) (Mingcha/0.1; government site compliance check)");
        assert_eq!(with_own_name("Mozilla/5.0 (X)", "centre/1"), "Mozilla/5.0 (X) (centre/1)");
    }
}
