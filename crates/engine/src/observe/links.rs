//! Looking at external links: each once, and those that led nowhere once more at another time.

use std::time::Duration;

use dialer::permit::Permit;
use futures::stream::{self, StreamExt};
use model::facts::page::Link;
use model::facts::web::{LinkCheck, LinkChecks, LinkLook};
use model::observation::{Failure, Outcome};

use super::Notebook;
use crate::Engine;

const INSTRUMENT: &str = "links/1";
/// Links of one page looked at side by side; they go to different owners.
const AT_A_TIME: usize = 8;

impl Engine {
    pub(super) async fn observe_links(&self, permit: &Permit, links: Result<Vec<Link>, Failure>, notebook: &mut Notebook<'_>) {
        let started = notebook.begin();
        let outcome = match links {
            Err(failure) => Outcome::Failed(failure),
            Ok(links) => Outcome::Seen(self.look_at_links(permit, links).await),
        };
        notebook.write(INSTRUMENT, started, outcome);
    }

    async fn look_at_links(&self, permit: &Permit, links: Vec<Link>) -> LinkChecks {
        let not_checked = links.len().saturating_sub(self.limits.links_per_site);
        let checked = links.into_iter().take(self.limits.links_per_site);
        let look_once = |link: Link| async move {
            let first = self.look(permit, &link.url).await;
            LinkCheck { url: link.url, text: link.text, first, second: None }
        };
        let mut links: Vec<LinkCheck> = stream::iter(checked).map(look_once).buffered(AT_A_TIME).collect().await;
        if links.iter().any(led_nowhere) {
            tokio::time::sleep(Duration::from_secs(self.policy.dead_link_gap_s.into())).await;
            let look_again = |mut link: LinkCheck| async move {
                if led_nowhere(&link) {
                    link.second = Some(self.look(permit, &link.url).await);
                }
                link
            };
            links = stream::iter(links).map(look_again).buffered(AT_A_TIME).collect().await;
        }
        LinkChecks { links, not_checked: u32::try_from(not_checked).unwrap_or(u32::MAX) }
    }

    async fn look(&self, permit: &Permit, url: &str) -> LinkLook {
        let status = self.probes.link_look(permit, url).await;
        LinkLook { at: self.clock.now(), status }
    }
}

/// Whether the first look found no page, so that a second one is due. What it means is for a rule to say.
fn led_nowhere(link: &LinkCheck) -> bool {
    match link.first.status {
        Outcome::Seen(status) => status >= 400,
        Outcome::Failed(_) => true,
    }
}
