//! What pages hold, gathered into one crawl.
//!
//! Invariant: every list is bounded, and nothing foreign is kept with control characters in it.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::crawl::{Crawl, ExternalLink, FormPlace, Place};
use model::facts::page::HomePage;
use url::Url;

use crate::crawl::frontier::{Kind, Site, kind};

/// Bounds of the lists.
const PLACES: usize = 2000;
const FORMS: usize = 200;

/// Places by address, first come first kept.
#[derive(Default)]
pub(crate) struct Gathered {
    attachments: BTreeMap<String, Place>,
    scripts: BTreeMap<String, Place>,
    external: BTreeMap<String, ExternalLink>,
    forms: Vec<FormPlace>,
}

impl Gathered {
    /// Takes a page in and returns the site's own addresses that it links to and that may be pages.
    pub(crate) fn page(&mut self, site: &Site, page: &HomePage) -> Vec<Url> {
        let mut pages = Vec::new();
        let mut counted = BTreeSet::new();
        for link in &page.links {
            let Ok(mut url) = Url::parse(&link.url) else { continue };
            url.set_fragment(None);
            let text = clean(&link.text);
            if !site.holds(&url) {
                self.external(&url, link.host.clone(), text, &page.url, counted.insert(url.to_string()));
                continue;
            }
            match kind(&url) {
                Kind::Attachment => self.attachment(url.as_str(), &page.url, &text),
                Kind::Page => pages.push(url),
                Kind::Part => {}
            }
        }
        for script in &page.scripts {
            keep(&mut self.scripts, script, &page.url, "");
        }
        for frame in page.frames.iter().filter_map(|frame| Url::parse(frame).ok()) {
            if site.holds(&frame) && kind(&frame) == Kind::Page {
                pages.push(frame);
            }
        }
        let room = FORMS.saturating_sub(self.forms.len());
        self.forms.extend(page.forms.iter().take(room).map(|form| FormPlace { page: page.url.clone(), form: form.clone() }));
        pages
    }

    pub(crate) fn attachment(&mut self, url: &str, page: &str, text: &str) {
        keep(&mut self.attachments, url, page, text);
    }

    fn external(&mut self, url: &Url, host: Option<model::name::HostName>, text: String, page: &str, first_on_page: bool) {
        if let Some(known) = self.external.get_mut(url.as_str()) {
            known.pages += u32::from(first_on_page);
        } else if self.external.len() < PLACES {
            let link = ExternalLink { url: url.to_string(), host, text, page: page.to_owned(), pages: 1 };
            self.external.insert(url.to_string(), link);
        }
    }

    /// Writes all of it into `crawl`, in the order of addresses.
    pub(crate) fn finish(self, crawl: &mut Crawl) {
        crawl.attachments = self.attachments.into_values().collect();
        crawl.scripts = self.scripts.into_values().collect();
        crawl.external = self.external.into_values().collect();
        crawl.forms = self.forms;
    }
}

fn keep(places: &mut BTreeMap<String, Place>, url: &str, page: &str, text: &str) {
    if places.len() < PLACES && !places.contains_key(url) {
        let place = Place { url: url.to_owned(), page: page.to_owned(), text: text.to_owned() };
        places.insert(url.to_owned(), place);
    }
}

/// Foreign words without control characters.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
