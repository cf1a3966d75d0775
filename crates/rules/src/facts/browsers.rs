//! What browsers got, side by side, and the clients that pages ask for in words.

use model::facts::clients::{ClientAnswer, ClientVisit};

/// A page with fewer than this share of the characters that another browser got is another page, in per cent.
const LEAST_SHARE: u32 = 10;
/// Pages with fewer characters are too short to compare.
const COMPARABLE: u32 = 500;

/// A browser with the page that it got.
pub type Got<'a> = (&'a str, &'a ClientAnswer);

/// Browser and page of a visit that got one.
pub fn page(visit: &ClientVisit) -> Option<Got<'_>> {
    let answer = visit.answer.seen().filter(|answer| answer.turned_away.is_none() && matches!(answer.status, 200..400))?;
    Some((&visit.browser, answer))
}

/// True of browsers that people use today, those of domestic desktops among them; not of Internet Explorer's mode and of browsers inside apps.
pub fn is_mainstream(browser: &str) -> bool {
    let current = ["chrome", "chromium", "firefox", "safari", "edge"].iter().any(|name| browser.starts_with(name));
    current && !browser.contains("-ie")
}

/// The names of the browsers.
pub fn names(pages: &[Got<'_>]) -> String {
    pages.iter().map(|(browser, _)| *browser).collect::<Vec<_>>().join(", ")
}

/// A current browser that gets, at one address, next to nothing of the text that another gets; and that other.
pub fn shortened<'a>(pages: &[Got<'a>]) -> Option<(Got<'a>, Got<'a>)> {
    let best = *pages.iter().max_by_key(|(browser, answer)| (answer.text_length, *browser))?;
    let most = best.1.text_length;
    let is_short = |answer: &ClientAnswer| u64::from(answer.text_length) * 100 < u64::from(most) * u64::from(LEAST_SHARE);
    let same_place = |(browser, answer): &&Got<'a>| is_mainstream(browser) && answer.url == best.1.url;
    let short = pages.iter().filter(same_place).find(|(_, answer)| most >= COMPARABLE && is_short(answer))?;
    Some((*short, best))
}
