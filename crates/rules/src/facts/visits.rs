//! What a visit came to. A refusal to let us in is no answer about the site; only a page, or the plain absence of one, decides.

use model::facts::Kind;
use model::facts::web::{Hop, PlainVisit, Redirect, SecureVisit, Visit};
use model::observation::{Failure, FailureClass, Outcome};
use model::text;
use model::verdict::Undetermined;
use model::view::View;

/// The end of a visit.
#[derive(Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// A page.
    Page(&'a Hop),
    /// The server says that there is no page (404, 410).
    Missing(&'a Hop),
    /// The chain broke, we were not let in, or the server reports an error of its own: the site itself was not seen.
    Unclear(Failure),
}

/// What a visit came to.
pub fn end(visit: &Visit) -> End<'_> {
    match (&visit.broken, visit.last()) {
        (Some(failure), _) => End::Unclear(failure.clone()),
        (None, None) => End::Unclear(Failure::new(FailureClass::ProtocolError, "a visit without an answer")),
        (None, Some(hop)) => match hop.status {
            0..400 => End::Page(hop),
            404 | 410 => End::Missing(hop),
            429 => unclear(FailureClass::RateLimited, hop),
            400..500 => unclear(FailureClass::AccessDenied, hop),
            _ => unclear(FailureClass::ServerError, hop),
        },
    }
}

fn unclear(class: FailureClass, hop: &Hop) -> End<'_> {
    End::Unclear(Failure::new(class, format!("HTTP {}", hop.status)))
}

/// The pages at which the visits over https and over http end.
///
/// # Errors
/// When neither visit ends at a page.
pub fn pages<'a>(view: &View<'a>) -> Result<Vec<&'a Hop>, Undetermined> {
    let secure = view.outcome::<SecureVisit>()?;
    let plain = view.outcome::<PlainVisit>()?;
    let visits = [secure.seen().map(|visit| &visit.0), plain.seen().map(|visit| &visit.0)];
    let pages = visits.into_iter().flatten().filter_map(|visit| match end(visit) {
        End::Page(hop) => Some(hop),
        _ => None,
    });
    let pages: Vec<_> = pages.collect();
    match (secure, plain) {
        _ if !pages.is_empty() => Ok(pages),
        (Outcome::Failed(failure), _) => Err(Undetermined::failed(Kind::SecureVisit, &failure)),
        (_, Outcome::Failed(failure)) => Err(Undetermined::failed(Kind::PlainVisit, &failure)),
        _ => Err(Undetermined::ambiguous(text!(zh: "访问未得到网站页面", en: "the visits ended at no page of the site"))),
    }
}

/// True of an answer that came over https.
pub fn is_secure(hop: &Hop) -> bool {
    is_https(&hop.url)
}

/// True when the visit ends at an https address, or broke off on the way to one.
pub fn leads_to_https(visit: &Visit) -> bool {
    visit.last().is_some_and(|hop| match &hop.redirect {
        Some(Redirect::Status(next) | Redirect::MetaRefresh(next)) => is_https(next),
        None => is_secure(hop),
    })
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}
