//! The doors of a site: pages where one signs in or begins a service (L1 where they are linked, L2 on surveyed ports).

use dialer::permit::Permit;
use model::facts::Kind;
use model::facts::crawl::{Crawl, Place};
use model::facts::rendered::RenderedPage;
use model::facts::services::Services;
use model::observation::Outcome;
use model::permission::AccessLevel;

use super::Notebook;
use super::surroundings::Sight;
use crate::plan::Assignment;
use crate::{Engine, EngineError};

const ENTRANCES: &str = "entrances/1";

impl Engine {
    /// Looks at the entrances that the page, the crawled pages and the surveyed ports lead to.
    pub(super) async fn observe_entrances(
        &self,
        work: &Assignment,
        permit: &Permit,
        sight: &Sight<'_>,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        let started = notebook.begin();
        // What scripts build is read as the browser shows it.
        let rendered = notebook.seen::<RenderedPage>().map(|rendered| &rendered.page).filter(|page| !page.script_built);
        let (page, is_rendered) = match sight.home {
            Ok(page) if page.script_built => rendered.map_or((page, false), |rendered| (rendered, true)),
            Ok(page) => (page, false),
            Err(failure) => {
                notebook.write_failure(&[Kind::Entrances], ENTRANCES, started, failure);
                return Ok(());
            }
        };
        let further = self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L2, "entrances").ok();
        let services = notebook.seen::<Services>().filter(|_| further.is_some());
        let crawled: Vec<Place> = notebook.seen::<Crawl>().map(places).unwrap_or_default();
        let mut found = self.probes.entrances(further.as_ref().unwrap_or(permit), page, &crawled, services).await;
        found.entrances.rendered = is_rendered;
        for (_, body) in &found.bodies {
            self.blobs.put(body).await?;
        }
        notebook.write(ENTRANCES, started, Outcome::Seen(found.entrances));
        Ok(())
    }
}

/// The pages of a crawl, as links with their titles for words.
fn places(crawl: &Crawl) -> Vec<Place> {
    let pages = crawl.pages.iter().filter(|page| !page.soft_not_found && page.failure.is_none());
    pages.map(|page| Place { url: page.url.clone(), page: crawl.start.clone(), text: page.title.clone() }).collect()
}
