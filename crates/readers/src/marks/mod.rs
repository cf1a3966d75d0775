//! The official mark (网上标识, Art. 9) as the registry of `.政务` and `.公益` (CONAC) hands it out, and what is left of one.
//!
//! A mark is a loader script of the registry, or what the loader draws: a picture in a link to the registry's verification page. Its
//! class is told by the picture's colour in the file name; the alternative text never decides, since templates are copied with it.
//! A link or picture that only exists as a string in a script is no mark here: whether it is ever drawn only a browser tells.

mod script;

use std::sync::LazyLock;

use model::facts::page::{Mark, MarkClass, MarkForm};
use regex::Regex;
use url::Url;

pub(crate) use script::in_script;

/// The host of the verification pages.
const VERIFICATION_HOST: &str = "bszs.conac.cn";
/// The host of loaders and pictures.
const LOADER_HOST: &str = "dcs.conac.cn";
/// The id that the loader gives to its picture.
const PICTURE_ID: &str = "imgConac";
/// The longest address and the longest id that are kept, in bytes.
const ADDRESS_LIMIT: usize = 2048;
const ID_LIMIT: usize = 64;

/// What a mark can be made of, as it stands in a page: an `a` with the picture inside it, or a picture that stands in no link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Where the `a` leads; `None` for a picture without a link.
    pub href: Option<String>,
    /// Address of the picture; for an `a` the picture inside it.
    pub src: Option<String>,
    /// The picture's `id`.
    pub id: Option<String>,
    /// The picture's alternative text.
    pub alt: Option<String>,
    /// The words inside the `a`.
    pub text: String,
}

/// The mark that an element is, if it is one.
///
/// A link to the verification page without words and without a picture counts as a linked picture without an address: sites draw the
/// picture as a background.
pub fn from_element(element: &Element) -> Option<Mark> {
    let link = element.href.as_deref().and_then(verification);
    let source = element.src.as_deref().map(str::trim).filter(|source| !source.is_empty());
    let form = match (&link, source) {
        (Some(_), None) if !element.text.trim().is_empty() => MarkForm::TextLink,
        (Some(_), _) => MarkForm::LinkedPicture,
        (None, Some(source)) if is_official_picture(element, source) => MarkForm::Picture,
        (None, _) => return None,
    };
    let words = source.map(file_name_words).unwrap_or_default();
    let class = colour(&words);
    Some(Mark {
        form,
        class,
        error: class.is_some() && words.iter().any(|word| word == "error"),
        id: link.as_ref().and_then(certificate_id),
        code: None,
        link: link.map(|link| bounded(link.as_str())),
        picture: source.map(bounded),
        commented_out: false,
    })
}

/// The mark that a script's address is: the registry's loader.
pub(crate) fn from_script_address(address: &str) -> Option<Mark> {
    let url = absolute(address)?;
    if url.host_str() != Some(LOADER_HOST) || !url.path().starts_with("/js/") {
        return None;
    }
    let file = url.path().rsplit('/').next().unwrap_or_default();
    Some(loader(file.strip_suffix(".js").unwrap_or(file)))
}

fn loader(code: &str) -> Mark {
    Mark {
        form: MarkForm::Loader,
        class: None,
        error: false,
        id: None,
        code: Some(crate::words::head(code, ID_LIMIT).to_owned()).filter(|code| code.starts_with("CA")),
        link: None,
        picture: None,
        commented_out: false,
    }
}

/// The verification page's address, when `href` leads there, directly or by a script in the address.
fn verification(href: &str) -> Option<Url> {
    if !mentions_registry(href) {
        return None;
    }
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant that every test compiles")]
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(?i)(?:https?:)?//[^\s'"<>]+"#).unwrap());
    let href = href.trim();
    let scripted = href.get(..11).is_some_and(|scheme| scheme.eq_ignore_ascii_case("javascript:"));
    let address = if scripted { ADDRESS.find(href)?.as_str() } else { href };
    absolute(address).filter(|url| url.host_str() == Some(VERIFICATION_HOST))
}

/// True when the text can be about the registry at all; spares the work for all others.
pub(crate) fn mentions_registry(text: &str) -> bool {
    text.contains("conac") || text.contains("CONAC") || text.contains("Conac")
}

/// 32 upper-case hexadecimal digits when it is well formed; otherwise as found.
fn certificate_id(link: &Url) -> Option<String> {
    // A link that was escaped twice has `amp;id` for a name.
    let (_, id) = link.query_pairs().find(|(name, _)| name.trim_start_matches("amp;") == "id")?;
    Some(crate::words::head(id.trim(), ID_LIMIT).to_owned()).filter(|id| !id.is_empty())
}

/// A picture on the registry's host, with the id that the loader gives, or whose alternative text calls it the mark.
fn is_official_picture(element: &Element, source: &str) -> bool {
    let on_registry = mentions_registry(source)
        && absolute(source).is_some_and(|url| url.host_str() == Some(LOADER_HOST) && url.path().starts_with("/image/"));
    let called_so = element.alt.as_deref().is_some_and(|alt| {
        alt.contains("标识") && !alt.contains("标识码") && (alt.contains("党政机关") || alt.contains("事业单位"))
    });
    on_registry || called_so || element.id.as_deref() == Some(PICTURE_ID)
}

fn colour(words: &[String]) -> Option<MarkClass> {
    words.iter().find_map(|word| match word.as_str() {
        "red" => Some(MarkClass::PartyGovernment),
        "blue" => Some(MarkClass::PublicInstitution),
        _ => None,
    })
}

/// The words of a picture's file name, lower case, without its ending: `red_error.png` → `red`, `error`.
fn file_name_words(source: &str) -> Vec<String> {
    let path = source.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let words = stem.split(|character: char| !character.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.take(16).map(str::to_ascii_lowercase).collect()
}

/// An address as a page on the web would resolve it.
fn absolute(address: &str) -> Option<Url> {
    if address.len() > ADDRESS_LIMIT {
        return None;
    }
    Url::parse("http://page.invalid/").ok()?.join(address.trim()).ok()
}

fn bounded(text: &str) -> String {
    crate::words::head(text, ADDRESS_LIMIT).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789ABCDEFE053012819AC0001";

    fn link(href: &str, src: &str) -> Element {
        Element { href: Some(href.into()), src: Some(src.into()).filter(|src: &String| !src.is_empty()), ..Element::default() }
    }

    #[test]
    fn a_linked_picture_of_the_registry() {
        let mark = from_element(&link(&format!("//bszs.conac.cn/sitename?method=show&id={ID}"), "//dcs.conac.cn/image/red.png"))
            .expect("a mark");
        assert_eq!((mark.form, mark.class, mark.error), (MarkForm::LinkedPicture, Some(MarkClass::PartyGovernment), false));
        assert_eq!(mark.id.as_deref(), Some(ID));
        assert_eq!(mark.link, Some(format!("http://bszs.conac.cn/sitename?method=show&id={ID}")));
    }

    #[test]
    fn colour_tells_the_class_and_the_alternative_text_does_not() {
        let class = |src: &str| from_element(&link("https://bszs.conac.cn/sitename?id=1", src)).expect("a mark").class;
        assert_eq!(class("/images/blue.png?v=2"), Some(MarkClass::PublicInstitution));
        assert_eq!(class("img/red_error.png"), Some(MarkClass::PartyGovernment));
        assert_eq!(class("img/gov.png"), None);
        assert_eq!(class("img/registered.png"), None);
        let blue = Element {
            src: Some("https://dcs.conac.cn/image/blue.png".into()),
            alt: Some("党政机关网站标识".into()),
            ..Element::default()
        };
        let mark = from_element(&blue).expect("a mark");
        assert_eq!((mark.form, mark.class), (MarkForm::Picture, Some(MarkClass::PublicInstitution)));
    }

    #[test]
    fn the_error_pictures_are_told() {
        let mark =
            from_element(&link("https://bszs.conac.cn/sitename?id=1", "//dcs.conac.cn/image/blue_error.png")).expect("a mark");
        assert!(mark.error);
    }

    #[test]
    fn links_without_pictures() {
        let words = Element { text: "党政机关".into(), ..link("https://bszs.conac.cn/sitename?method=show&amp;id=xyz", "") };
        let mark = from_element(&words).expect("a mark");
        assert_eq!((mark.form, mark.id.as_deref()), (MarkForm::TextLink, Some("xyz")));
        let background = from_element(&link("https://bszs.conac.cn/sitename", "")).expect("a mark");
        assert_eq!((background.form, background.picture), (MarkForm::LinkedPicture, None));
        let scripted = from_element(&link(&format!("javascript:window.open('https://bszs.conac.cn/sitename?id={ID}')"), "a.png"));
        assert_eq!(scripted.expect("a mark").id.as_deref(), Some(ID));
    }

    #[test]
    fn look_alikes_are_no_marks() {
        for href in [
            "https://bszs.conac.cn.evil.com/sitename?id=1",
            "https://evil.com/bszs.conac.cn/",
            "https://www.conac.cn/",
            "/red.png",
        ] {
            assert_eq!(from_element(&link(href, "/img/red.png")), None, "{href}");
        }
        let code = Element { src: Some("/a.png".into()), alt: Some("党政机关网站标识码".into()), ..Element::default() };
        assert_eq!(from_element(&code), None);
        assert_eq!(from_element(&Element::default()), None);
    }

    #[test]
    fn pictures_known_by_id_or_words() {
        let by_id = Element { src: Some("/a.png".into()), id: Some("imgConac".into()), ..Element::default() };
        assert_eq!(from_element(&by_id).map(|mark| mark.form), Some(MarkForm::Picture));
        let by_words = Element { src: Some("/a.png".into()), alt: Some("事业单位网上标识".into()), ..Element::default() };
        assert_eq!(from_element(&by_words).map(|mark| (mark.form, mark.class)), Some((MarkForm::Picture, None)));
    }

    #[test]
    fn loaders_by_address() {
        let mark = from_script_address("//dcs.conac.cn/js/05/107/0000/00000001/CA051070000000000010001.js").expect("a mark");
        assert_eq!((mark.form, mark.code.as_deref()), (MarkForm::Loader, Some("CA051070000000000010001")));
        assert_eq!(from_script_address("https://dcs.conac.cn.evil.com/js/CA1.js"), None);
        assert_eq!(from_script_address("/js/CA051070000000000010001.js"), None);
    }

    proptest! {
        #[test]
        fn any_element_is_read_without_panic(href in "(//bszs.conac.cn|javascript:|http)?\\PC{0,40}", src in "\\PC{0,40}", alt in "\\PC{0,20}") {
            let element = Element { href: Some(href.clone()), src: Some(src.clone()), id: None, alt: Some(alt), text: String::new() };
            let _ = (from_element(&element), from_script_address(&href), from_script_address(&src));
        }
    }
}
