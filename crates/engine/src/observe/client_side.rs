//! What a visitor's browser meets: the page's scripts, and whether each browser is let in (L1).

use dialer::permit::Permit;
use model::facts::Kind;
use model::facts::page::HomePage;
use model::observation::Outcome;
use probe::scripts::FetchedScripts;

use super::Notebook;
use super::surroundings::Sight;
use crate::{Engine, EngineError};

const SCRIPTS: &str = "scripts/1";
const CLIENTS: &str = "clients/1";

impl Engine {
    /// Fetches the scripts of the home page, and the page as several browsers.
    pub(super) async fn observe_client_side(
        &self,
        permit: &Permit,
        sight: &Sight<'_>,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        let page = match sight.home {
            Ok(page) => page,
            Err(failure) => {
                notebook.write_failure(&[Kind::Scripts, Kind::ClientVisits], SCRIPTS, notebook.begin(), failure);
                return Ok(());
            }
        };
        let html = sight.fetched.and_then(|fetched| fetched.html.as_deref()).unwrap_or_default();
        let bodies = self.observe_scripts(permit, page, html, notebook).await?;
        let started = notebook.begin();
        let mut fetched = self.probes.clients(permit, &page.url).await;
        for (_, body) in &fetched.bodies {
            self.blobs.put(body).await?;
        }
        let scripts = bodies.iter().map(|(url, body)| (url.as_str(), body.as_slice()));
        fetched.visits.demands = readers::clients::demands(html, page, scripts);
        notebook.write(CLIENTS, started, Outcome::Seen(fetched.visits));
        Ok(())
    }

    /// The scripts, each address with its body.
    async fn observe_scripts(
        &self,
        permit: &Permit,
        page: &HomePage,
        html: &str,
        notebook: &mut Notebook<'_>,
    ) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        let started = notebook.begin();
        let FetchedScripts { mut scripts, bodies } =
            self.probes.scripts(permit, &page.url, page, &self.instruments.scripts).await;
        for (_, body) in &bodies {
            self.blobs.put(body).await?;
        }
        if let Some(detectors) = &self.instruments.detectors {
            for (index, script) in scripts.scripts.iter_mut().enumerate() {
                let body = bodies.iter().find(|(of, _)| *of == index).map(|(_, body)| body.as_slice());
                script.libraries = detectors.read(&script.url, body);
            }
            scripts.inline = readers::page::inline_scripts(html).iter().flat_map(|text| detectors.inline(text)).collect();
            scripts.inline.sort();
            scripts.inline.dedup();
            scripts.detectors = detectors.edition().to_owned();
        }
        let named = |(index, body): (usize, Vec<u8>)| Some((scripts.scripts.get(index)?.url.clone(), body));
        let bodies = bodies.into_iter().filter_map(named).collect();
        notebook.write(SCRIPTS, started, Outcome::Seen(scripts));
        Ok(bodies)
    }
}
