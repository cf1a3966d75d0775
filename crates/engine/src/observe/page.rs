//! Looking at the home page: as the server sends it, and as a browser shows it.

use browser::{Clicked, Rendered, Visited, Wants};
use dialer::permit::Permit;
use jiff::Timestamp;
use model::facts::Kind;
use model::facts::page::{HomePage, Link};
use model::facts::rendered::{ClickTest, RenderedPage};
use model::facts::web::{Hop, Visit};
use model::name::HostName;
use model::observation::{Failure, FailureClass, Outcome};
use model::subject::SubjectKind;
use probe::probes::Fetched;
use readers::{access, page};

use super::Notebook;
use crate::plan::is_needed;
use crate::{Engine, EngineError};

const PAGE: &str = "page/1";
const BROWSER: &str = "browser/1";

impl Engine {
    /// The page of whichever visit reached one, https first; then the browser's look at the same address; then the links of both.
    pub(super) async fn observe_pages(
        &self,
        permit: &Permit,
        secure: &Result<Fetched, Failure>,
        plain: &Result<Fetched, Failure>,
        notebook: &mut Notebook<'_>,
    ) -> Result<Result<HomePage, Failure>, EngineError> {
        let (home, truncated) = self.observe_home(secure, plain, notebook);
        let start = start_of(&home, secure, plain);
        let rendered = self.observe_rendered(permit, start, notebook).await?;
        let links = links_of(&home, truncated, &rendered);
        self.observe_links(permit, links, notebook).await;
        Ok(home)
    }

    /// The page of whichever visit reached one, https first, and whether the limit cut it off.
    pub(super) fn observe_home(
        &self,
        secure: &Result<Fetched, Failure>,
        plain: &Result<Fetched, Failure>,
        notebook: &mut Notebook<'_>,
    ) -> (Result<HomePage, Failure>, bool) {
        let started = notebook.begin();
        let read = |visit: &Result<Fetched, Failure>| visit.as_ref().map_err(Failure::clone).and_then(home_page);
        let home = read(secure).or_else(|failure| read(plain).map_err(|other| graver(failure, other)));
        let (home, truncated) = match home {
            Ok((page, truncated)) => (Ok(page), truncated),
            Err(failure) => (Err(failure), false),
        };
        notebook.write(PAGE, started, home.clone().into());
        (home, truncated)
    }

    async fn observe_rendered(
        &self,
        permit: &Permit,
        start: Result<&str, &Failure>,
        notebook: &mut Notebook<'_>,
    ) -> Result<Result<RenderedPage, Failure>, EngineError> {
        let started = notebook.begin();
        let visited = match (&self.browser, start) {
            (Err(failure), _) | (_, Err(failure)) => Err(failure.clone()),
            (Ok(browser), Ok(start)) => {
                let wants = Wants { clicks: is_needed(SubjectKind::Site, Kind::ClickTest) };
                browser.visit(permit, start, wants).await.and_then(let_in)
            }
        };
        let Visited { rendered, clicked } = match visited {
            Ok(visited) => visited,
            Err(failure) => {
                notebook.write_failure(&[Kind::RenderedPage, Kind::ClickTest], BROWSER, started, &failure);
                return Ok(Err(failure));
            }
        };
        let page = self.keep_rendered(rendered).await?;
        notebook.write(BROWSER, started, Outcome::Seen(page.clone()));
        if let Some(clicked) = clicked {
            self.write_clicks(clicked, started, notebook).await?;
        }
        Ok(Ok(page))
    }

    async fn keep_rendered(&self, rendered: Rendered) -> Result<RenderedPage, EngineError> {
        self.blobs.put(rendered.dom.as_bytes()).await?;
        if let Some(screenshot) = &rendered.screenshot {
            self.blobs.put(screenshot).await?;
        }
        Ok(rendered.page)
    }

    async fn write_clicks(
        &self,
        clicked: Result<Clicked, Failure>,
        started: Timestamp,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        if let Ok(clicked) = &clicked {
            for (_, picture) in &clicked.screenshots {
                self.blobs.put(picture).await?;
            }
        }
        let outcome: Outcome<ClickTest> = clicked.map(|clicked| clicked.test).into();
        notebook.write(BROWSER, started, outcome);
        Ok(())
    }
}

/// What the reader finds in the page that a visit reached, if it reached one, and whether the limit cut the page off.
fn home_page(fetched: &Fetched) -> Result<(HomePage, bool), Failure> {
    if let Some(failure) = &fetched.visit.broken {
        return Err(failure.clone());
    }
    let html = fetched.html.as_deref().unwrap_or_default();
    if let Some(failure) = access::failure(&fetched.visit, html) {
        return Err(failure);
    }
    let mut home = page::read(html, fetched.visit.end());
    let body = fetched.visit.body.as_ref();
    home.html = body.map(|body| body.digest);
    Ok((home, body.is_some_and(|body| body.truncated)))
}

/// Of two failures the one that says more: an answer that was no page says more than no answer.
fn graver(secure: Failure, plain: Failure) -> Failure {
    let answered = |failure: &Failure| {
        use FailureClass as F;
        matches!(failure.class, F::AccessDenied | F::RateLimited | F::BlockPage | F::ServerError | F::NotAPage | F::TooLarge)
    };
    if answered(&plain) && !answered(&secure) { plain } else { secure }
}

/// Whether a browser may be shown a page where a plain client was not: protection devices let browsers through that run their scripts.
fn may_help(class: FailureClass) -> bool {
    matches!(class, FailureClass::BlockPage | FailureClass::AccessDenied)
}

/// The address at which the browser starts: the home page's; when no page was reached and a browser may be let in, the start of the
/// visit that was answered, https first.
fn start_of<'a>(
    home: &'a Result<HomePage, Failure>,
    secure: &'a Result<Fetched, Failure>,
    plain: &'a Result<Fetched, Failure>,
) -> Result<&'a str, &'a Failure> {
    match home {
        Ok(page) => Ok(&page.url),
        Err(failure) if may_help(failure.class) => {
            [secure, plain].into_iter().flatten().map(|fetched| fetched.visit.start.as_str()).next().ok_or(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// A block page or an error page in the browser is no rendered home page either.
fn let_in(visited: Visited) -> Result<Visited, Failure> {
    let page = &visited.rendered.page;
    let status = page.requests.iter().find(|request| request.url == page.page.url && request.resource == "document");
    let hop = Hop {
        url: page.page.url.clone(),
        host: host_of(&page.page.url).unwrap_or_default(),
        ip: std::net::Ipv4Addr::UNSPECIFIED.into(),
        version: String::new(),
        status: status.and_then(|request| request.status).unwrap_or(200),
        headers: Vec::new(),
        cookies: Vec::new(),
        hsts: None,
        redirect: None,
    };
    let visit = Visit { start: page.page.url.clone(), hops: vec![hop], broken: None, body: None };
    match access::failure(&visit, &visited.rendered.dom) {
        Some(failure) => Err(failure),
        None => Ok(visited),
    }
}

/// The external links of the page as rendered and as sent, in order, each address once. A page that was cut off, or that scripts build
/// and no browser has shown, may have links that nobody saw.
fn links_of(
    home: &Result<HomePage, Failure>,
    truncated: bool,
    rendered: &Result<RenderedPage, Failure>,
) -> Result<Vec<Link>, Failure> {
    let sent = match (home, rendered) {
        (Ok(page), Err(failure)) if truncated || page.script_built => return Err(failure.clone()),
        (Err(failure), Err(_)) => return Err(failure.clone()),
        (home, _) => home.as_ref().ok(),
    };
    let pages: Vec<&HomePage> = rendered.iter().map(|rendered| &rendered.page).chain(sent).collect();
    let own: Vec<HostName> = pages.iter().filter_map(|page| host_of(&page.url)).collect();
    let mut links: Vec<Link> = Vec::new();
    for link in pages.iter().flat_map(|page| &page.links) {
        let is_external = link.host.as_ref().is_some_and(|host| own.iter().all(|own| !own.same_site(host)));
        if is_external && !links.iter().any(|known| known.url == link.url) {
            links.push(link.clone());
        }
    }
    Ok(links)
}

fn host_of(address: &str) -> Option<HostName> {
    readers::names::host(url::Url::parse(address).ok()?.host_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_starts_where_a_visit_was_answered() {
        let answered = |start: &str| {
            let visit = Visit { start: start.into(), hops: Vec::new(), broken: None, body: None };
            Ok(Fetched { visit, handshake: None, body: None, html: None })
        };
        let home = |class| Err(Failure::new(class, ""));
        let (blocked, refused) = (home(FailureClass::BlockPage), Err(Failure::new(FailureClass::ConnectionRefused, "")));
        let plain = answered("http://www.x.gov.cn:8080/oa/index.html");
        assert_eq!(start_of(&blocked, &refused, &plain), Ok("http://www.x.gov.cn:8080/oa/index.html"));
        assert_eq!(start_of(&blocked, &answered("https://www.x.gov.cn/"), &plain), Ok("https://www.x.gov.cn/"));
        assert!(start_of(&blocked, &refused, &refused).is_err());
        assert!(start_of(&home(FailureClass::ServerError), &refused, &plain).is_err());
    }
}
