//! The home page as far as it was seen: as sent and as shown. What the raw source lacks may still be drawn by a script, so an absence
//! is known only from the rendered page.

use model::facts::page::HomePage;
use model::facts::rendered::{RenderedPage, Request};
use model::text;
use model::verdict::Undetermined;
use model::view::View;

/// What was seen of a home page.
pub struct Home<'a> {
    /// The best sight: as a browser shows it, else as the server sends it.
    pub best: &'a HomePage,
    source: Option<&'a HomePage>,
    rendered: Result<&'a RenderedPage, Undetermined>,
}

impl<'a> Home<'a> {
    /// What the view holds of the home page.
    ///
    /// # Errors
    /// When neither the source nor the rendered page was seen.
    pub fn of(view: &View<'a>) -> Result<Self, Undetermined> {
        let rendered = view.need::<RenderedPage>();
        let source = view.need::<HomePage>();
        let best = match (&rendered, source.clone()) {
            (Ok(rendered), _) => &rendered.page,
            (Err(_), source) => source?,
        };
        Ok(Self { best, source: source.ok(), rendered })
    }

    /// A list out of the page: as shown, or as sent when the shown page has none.
    ///
    /// # Errors
    /// When the list is empty and the page was not seen in a browser.
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
    /// When the page was not seen in a browser, or not as a whole.
    pub fn absence(&self) -> Result<(), Undetermined> {
        let rendered = self.rendered.clone()?;
        let page = &rendered.page;
        if page.script_built {
            return Err(Undetermined::ambiguous(text!(
                zh: "首页内容由脚本生成，渲染后仍没有内容",
                en: "the home page is built by scripts and was still empty after they ran"
            )));
        }
        let unanswered = |request: &&Request| page.frames.contains(&request.url) && !matches!(request.status, Some(0..500));
        match rendered.requests.iter().find(unanswered) {
            None => Ok(()),
            Some(request) => {
                let url = &request.url;
                Err(Undetermined::ambiguous(text!(
                    zh: "首页的框架页 {url} 未能加载，所缺内容可能在其中",
                    en: "the frame {url} of the home page did not load; what is missing may stand there"
                )))
            }
        }
    }
}
