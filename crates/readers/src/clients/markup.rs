//! Objects, embedded plug-ins and applets in a page's markup.

use std::cell::RefCell;
use std::rc::Rc;

use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, element, end_tag};
use model::facts::clients::Client;

use super::{Asked, LIMIT, WORDS};

/// The elements that matter: those that load a client's content, and those that offer another way beside it.
const ELEMENTS: &str = "object, embed, applet, video, audio, img";
/// The longest attribute that is read, in bytes.
const ATTRIBUTE: usize = 2048;

/// The state of the pass.
#[derive(Default)]
struct Markup {
    asked: Vec<Asked>,
    /// Open players of the browser's own: what stands inside is for browsers that have none.
    players: u32,
    /// Open objects, and what the outermost asks for.
    objects: u32,
    held: Vec<Asked>,
    /// Whether the outermost open object holds a picture or a player beside the plug-in's content.
    another_way: bool,
}

/// What the markup asks for.
pub(super) fn demands(html: &str) -> Vec<Asked> {
    let shared = Rc::new(RefCell::new(Markup::default()));
    let settings = Settings::new().append_element_content_handler(element!(ELEMENTS, |element| {
        let name = element.tag_name();
        shared.borrow_mut().start(&name, element);
        if matches!(name.as_str(), "object" | "video" | "audio")
            && let Some(handlers) = element.end_tag_handlers()
        {
            let shared = Rc::clone(&shared);
            handlers.push(end_tag!(move |end| {
                shared.borrow_mut().end(&end.name());
                Ok(())
            }));
        }
        Ok(())
    }));
    {
        let mut rewriter = HtmlRewriter::new(settings.with_strict(false), |_: &[u8]| {});
        // An error ends the pass early; what was read until then stands.
        let _ = rewriter.write(html.as_bytes()).and_then(|()| rewriter.end());
    }
    let mut markup = shared.take();
    markup.release();
    markup.asked
}

impl Markup {
    fn start(&mut self, name: &str, element: &Element<'_, '_>) {
        let asked = match name {
            "applet" => Some(asked(Client::Applet, element, "code", "applet")),
            "object" => of_object(element),
            "embed" => of_embed(element),
            _ => None,
        };
        match name {
            "object" => self.objects += 1,
            "video" | "audio" => self.players += 1,
            _ => {}
        }
        self.another_way |= self.objects > 0 && matches!(name, "img" | "video" | "audio");
        if let Some(asked) = asked
            && self.asked.len() + self.held.len() < LIMIT
        {
            let asked = Asked { compelling: self.players == 0, ..asked };
            if self.objects > 0 { self.held.push(asked) } else { self.asked.push(asked) }
        }
    }

    fn end(&mut self, name: &str) {
        if name == "object" {
            self.objects = self.objects.saturating_sub(1);
            if self.objects == 0 {
                self.release();
            }
        } else {
            self.players = self.players.saturating_sub(1);
        }
    }

    /// Tells what an object asks for, once it is known what else it offers.
    fn release(&mut self) {
        let another_way = std::mem::take(&mut self.another_way);
        let held = std::mem::take(&mut self.held).into_iter();
        self.asked.extend(held.map(|asked| Asked { compelling: asked.compelling && !another_way, ..asked }));
    }
}

fn of_object(element: &Element<'_, '_>) -> Option<Asked> {
    let class = attribute(element, "classid").to_ascii_lowercase();
    if let Some(id) = class.strip_prefix("java:") {
        return Some(Asked::new(Client::Applet, &format!("<object classid=java:{id}>"), true));
    }
    if let Some(id) = class.strip_prefix("clsid:") {
        let client = WORDS.classes.get(id.trim().trim_matches(['{', '}'])).copied().unwrap_or(Client::ActiveX);
        return Some(Asked::new(client, &format!("<object classid=clsid:{}>", id.trim()), true));
    }
    by_media(element, "data", "object")
}

fn of_embed(element: &Element<'_, '_>) -> Option<Asked> {
    by_media(element, "src", "embed")
}

/// By the declared media type, or by the file's name.
fn by_media(element: &Element<'_, '_>, source: &str, name: &str) -> Option<Asked> {
    let media = attribute(element, "type").to_ascii_lowercase();
    let known = WORDS.media.iter().find(|(beginning, _)| media.starts_with(beginning.as_str()));
    match known {
        Some((_, client)) => Some(asked(*client, element, source, name)),
        None => is_movie(&attribute(element, source)).then(|| asked(Client::Flash, element, source, name)),
    }
}

fn is_movie(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.get(path.len().saturating_sub(4)..).is_some_and(|ending| ending.eq_ignore_ascii_case(".swf"))
}

fn asked(client: Client, element: &Element<'_, '_>, source: &str, name: &str) -> Asked {
    let (media, address) = (attribute(element, "type"), attribute(element, source));
    let part = |key: &str, value: &str| if value.is_empty() { String::new() } else { format!(" {key}={value}") };
    Asked::new(client, &format!("<{name}{}{}>", part("type", &media), part(source, &address)), true)
}

fn attribute(element: &Element<'_, '_>, name: &str) -> String {
    element.get_attribute(name).filter(|value| value.len() <= ATTRIBUTE).unwrap_or_default().trim().to_owned()
}
