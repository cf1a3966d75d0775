//! Templates over what is stored: a template that came today is tried on the pages that were kept, and nobody's server is asked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Payload;
use model::facts::crawl::Crawl;
use model::facts::proofs::Proof;
use model::facts::web::{Redirect, Visit};
use model::subject::SubjectId;
use ports::blobs::Blobs;
use ports::store::Store;
use templates::{Catalogue, StoredAnswer};

use crate::EngineError;

/// A template that matches a stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProof {
    /// Whose answer.
    pub subject: SubjectId,
    /// When it was given.
    pub at: Timestamp,
    /// What matches.
    pub proof: Proof,
}

/// An answer of the subject's own host whose body is stored.
struct Kept<'b> {
    at: Timestamp,
    url: &'b str,
    redirected: bool,
    status: u16,
    headers: Vec<(String, String)>,
    body: Digest,
}

/// What these templates match in the newest evidence of every subject, in the order of subjects, then of templates. Bodies that are gone
/// from the store are passed over.
///
/// # Errors
/// When store or blobs cannot be read.
pub async fn prove(store: &dyn Store, blobs: &dyn Blobs, templates: &Catalogue) -> Result<Vec<StoredProof>, EngineError> {
    let mut found = Vec::new();
    for subject in store.subjects().await? {
        let Some(sealed) = store.latest(&subject).await? else { continue };
        let mut proofs: BTreeMap<(String, String), StoredProof> = BTreeMap::new();
        for kept in answers(&sealed.bundle) {
            let Some(body) = blobs.get(kept.body).await? else { continue };
            let Kept { url, redirected, status, at, ref headers, .. } = kept;
            for proof in templates.offline(&StoredAnswer { url, redirected, status, headers, body: &body }) {
                let key = (proof.template.clone(), proof.request.clone());
                proofs.entry(key).or_insert_with(|| StoredProof { subject: subject.clone(), at, proof });
            }
        }
        found.extend(proofs.into_values());
    }
    Ok(found)
}

fn answers(bundle: &Bundle) -> impl Iterator<Item = Kept<'_>> {
    bundle.observations.iter().flat_map(|seen| match seen.outcome.seen() {
        Some(Payload::SecureVisit(visit)) => of_visit(&visit.0, seen.started),
        Some(Payload::PlainVisit(visit)) => of_visit(&visit.0, seen.started),
        Some(Payload::Crawl(crawl)) => of_crawl(crawl, seen.started),
        _ => Vec::new(),
    })
}

/// A visit's last answer: to its own address, and to the first address where a template would have been redirected as the visit was.
fn of_visit(visit: &Visit, at: Timestamp) -> Vec<Kept<'_>> {
    let (Some(last), Some(first), Some(body)) = (visit.hops.last(), visit.hops.first(), &visit.body) else { return Vec::new() };
    if last.host != first.host {
        return Vec::new();
    }
    let headers: Vec<_> = last.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
    let kept = |url, redirected| Kept { at, url, redirected, status: last.status, headers: headers.clone(), body: body.digest };
    let (redirecting, _) = visit.hops.split_at(visit.hops.len() - 1);
    let led = redirecting.iter().all(|hop| hop.host == first.host && matches!(hop.redirect, Some(Redirect::Status(_))));
    let from_start = (led && !redirecting.is_empty()).then(|| kept(&visit.start, true));
    [kept(&last.url, false)].into_iter().chain(from_start).collect()
}

/// Pages of a crawl: whether redirects led to them was not kept, nor were their header fields.
fn of_crawl(crawl: &Crawl, at: Timestamp) -> Vec<Kept<'_>> {
    let kept = |(url, status, body)| Kept { at, url, redirected: true, status, headers: Vec::new(), body };
    let pages = crawl.pages.iter().filter(|page| !page.soft_not_found);
    pages.filter_map(|page| Some((page.url.as_str(), page.status?, page.body?))).map(kept).collect()
}
