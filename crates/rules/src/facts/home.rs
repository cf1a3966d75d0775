//! The home page as far as it was seen: as sent and as shown. What the raw source lacks may still be drawn by a script, so an absence
//! is known only from the rendered page.

use model::facts::page::HomePage;
use model::facts::register::Register;
use model::facts::rendered::RenderedPage;
use model::name::HostName;
use model::verdict::Undetermined;
use model::view::View;

use crate::facts::rendered::{elsewhere_at, is_elsewhere, is_whole};

/// What was seen of a home page.
pub struct Home<'a> {
    /// The best sight: as a browser shows it, else as the server sends it.
    pub best: &'a HomePage,
    site: Option<&'a HostName>,
    source: Option<&'a HomePage>,
    rendered: Result<&'a RenderedPage, Undetermined>,
}

impl<'a> Home<'a> {
    /// What the view holds of the home page.
    ///
    /// # Errors
    /// When the ledger holds no entry, or neither the source nor the rendered page was seen.
    pub fn of(view: &View<'a>) -> Result<Self, Undetermined> {
        let site = view.need::<Register>()?.application.host.as_ref();
        let rendered = view.need::<RenderedPage>();
        let source = view.need::<HomePage>();
        let best = match (&rendered, source.clone()) {
            (Ok(rendered), _) => &rendered.page,
            (Err(_), source) => source?,
        };
        Ok(Self { best, site, source: source.ok(), rendered })
    }

    /// A list out of the page: as shown, or as sent when the shown page has none.
    ///
    /// # Errors
    /// When the list is empty and its absence does not count.
    pub fn list<T>(&self, of: impl Fn(&'a HomePage) -> &'a [T]) -> Result<&'a [T], Undetermined> {
        let sights = [Some(self.best), self.source];
        match sights.into_iter().flatten().map(of).find(|list| !list.is_empty()) {
            Some(list) => Ok(list),
            None => self.absence().map(|()| &[] as &[T]),
        }
    }

    /// Lets an absence from the page count.
    ///
    /// # Errors
    /// When the page was not seen in a browser, or not as a whole, or is some other site's.
    pub fn absence(&self) -> Result<(), Undetermined> {
        let rendered = self.rendered.clone()?;
        let url = &rendered.page.url;
        if self.site.is_some_and(|site| is_elsewhere(site, url)) {
            return Err(elsewhere_at(url));
        }
        is_whole(rendered, |_| false)
    }
}
