//! The entrances of a site, looked at from outside: nothing is filled in, and nothing that is not linked is asked for (L1), but for the ports
//! that a survey found (L2).

use dialer::permit::Permit;
use model::digest::Digest;
use model::facts::clients::{Entrance, EntrancePage, Entrances};
use model::facts::crawl::Place;
use model::facts::page::HomePage;
use model::facts::services::Services;
use model::observation::{Failure, Outcome};
use model::permission::AccessLevel;
use readers::entrances::{self, Candidate};

use crate::probes::Probes;
use crate::walk::{Carried, Depth, Page, Walk};

/// The most linked entrances that are looked at.
pub const LINKED: usize = 8;
/// The same for the ports of a survey.
pub const SURVEYED: usize = 16;

/// Entrances with what they brought.
#[derive(Clone, Debug, Default)]
pub struct FetchedEntrances {
    /// The facts.
    pub entrances: Entrances,
    /// The bodies, each once, for the blob store.
    pub bodies: Vec<(Digest, Vec<u8>)>,
}

impl Probes {
    /// Looks at the entrances among the links and forms of `page` and the links of the site's other pages, where it was crawled; and, with
    /// a permit of L2, at the web servers of `services` on ports of their own.
    pub async fn entrances(
        &self,
        permit: &Permit,
        page: &HomePage,
        crawled: &[Place],
        services: Option<&Services>,
    ) -> FetchedEntrances {
        let linked = entrances::among(page, crawled, LINKED);
        let mut surveyed = services.filter(|_| permit.level() >= AccessLevel::L2).map(entrances::of_services).unwrap_or_default();
        let left_out = u32::try_from(surveyed.len().saturating_sub(SURVEYED)).unwrap_or(u32::MAX);
        surveyed.truncate(SURVEYED);
        let facts = Entrances { page: page.url.clone(), beyond: linked.beyond + left_out, ..Entrances::default() };
        let mut found = FetchedEntrances { entrances: facts, bodies: Vec::new() };
        let mut carried = Carried::paced(self.pace());
        for candidate in linked.chosen.into_iter().chain(surveyed) {
            let page = self.behind(permit, &candidate, &mut carried, &mut found.bodies).await;
            let Candidate { url, words, found_by } = candidate;
            found.entrances.entrances.push(Entrance { url, words, found_by: found_by.into(), page });
        }
        found
    }

    /// The page behind an entrance. A log-in that the server itself asks for (401) is a page, since it tells what stands there; any other
    /// refusal tells that the entrance is closed to us.
    async fn behind(
        &self,
        permit: &Permit,
        candidate: &Candidate,
        carried: &mut Carried,
        bodies: &mut Vec<(Digest, Vec<u8>)>,
    ) -> Outcome<EntrancePage> {
        let walk = Walk::new(&self.dialer, &self.tls, permit, Depth::Page).carrying(std::mem::take(carried));
        let mut walked = match walk.run(&candidate.url).await {
            Ok(walked) => walked,
            Err(failure) => {
                carried.pause(self.pace());
                return Outcome::Failed(failure);
            }
        };
        *carried = std::mem::take(&mut walked.carried);
        let (visit, page) = walked.seen(&candidate.url);
        let html = Page::html(page.as_ref());
        let asks_who = visit.last().is_some_and(|hop| hop.status == 401 && hop.header("www-authenticate").next().is_some());
        if let Some(failure) = readers::access::failure(&visit, html)
            && !asks_who
        {
            return Outcome::Failed(bounded(failure));
        }
        let read = entrances::page(&visit, html, &candidate.words);
        if let Some((body, page)) = visit.body.zip(page)
            && !bodies.iter().any(|(known, _)| *known == body.digest)
        {
            bodies.push((body.digest, page.content.bytes));
        }
        Outcome::Seen(read)
    }
}

/// A failure whose particulars cannot be as long as an address can.
fn bounded(failure: Failure) -> Failure {
    let Failure { class, detail } = failure;
    Failure::new(class, detail.chars().take(500).collect::<String>())
}
