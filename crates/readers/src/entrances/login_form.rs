//! The form by which one signs in with name and password, told by the types of its fields.

use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, element};
use url::Url;

/// Words in names, addresses and hints that tell a picture to be read (captcha).
const CAPTCHA: [&str; 13] = [
    "captcha",
    "verifycode",
    "verify_code",
    "vcode",
    "yzm",
    "checkcode",
    "check_code",
    "validatecode",
    "authcode",
    "randcode",
    "rand_code",
    "imgcode",
    "验证码",
];
/// The most forms and fields that are read, and the longest attribute, in bytes.
const FORMS: usize = 20;
const FIELDS: usize = 100;
const ATTRIBUTE: usize = 4096;

/// A form that asks for one name and one password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginForm {
    /// Absolute address it posts to.
    pub action: String,
    /// Name of the field for the account.
    pub account: String,
    /// Name of the field for the password.
    pub password: String,
    /// The fields that go along as they are, in order: hidden ones, and the button.
    pub others: Vec<(String, String)>,
    /// Whether it asks for something that only a person can read.
    pub captcha: bool,
}

/// The first form of the page at `url` that asks for one name and one password and is posted. `None` for a page that signs in by script, and
/// for forms with more than one password, which set one.
pub fn login_form(html: &str, url: &str) -> Option<LoginForm> {
    let mut forms: Vec<Raw> = Vec::new();
    {
        let elements = "form, form input, form button, form img";
        let settings = Settings::new().append_element_content_handler(element!(elements, |element| {
            match element.tag_name().as_str() {
                "form" if forms.len() < FORMS => forms.push(Raw::of(element)),
                "form" => {}
                name => {
                    if let Some(form) = forms.last_mut() {
                        form.part(name, element);
                    }
                }
            }
            Ok(())
        }));
        let mut rewriter = HtmlRewriter::new(settings.with_strict(false), |_: &[u8]| {});
        // An error ends the pass early; what was read until then stands.
        let _ = rewriter.write(html.as_bytes()).and_then(|()| rewriter.end());
    }
    let page = Url::parse(url).ok()?;
    forms.into_iter().find_map(|form| form.login(&page))
}

/// A form as it stands in the page.
#[derive(Default)]
struct Raw {
    action: String,
    posts: bool,
    fields: Vec<Field>,
    captcha: bool,
}

struct Field {
    kind: String,
    name: String,
    value: String,
}

impl Raw {
    fn of(form: &Element<'_, '_>) -> Self {
        let posts = value(form, "method").trim().eq_ignore_ascii_case("post");
        Self { action: value(form, "action"), posts, ..Self::default() }
    }

    fn part(&mut self, element_name: &str, element: &Element<'_, '_>) {
        let name = value(element, "name");
        let told =
            [&name, &value(element, "id"), &value(element, "class"), &value(element, "src"), &value(element, "placeholder")]
                .map(|told| told.to_ascii_lowercase());
        self.captcha |= CAPTCHA.iter().any(|word| told.iter().any(|told| told.contains(word)));
        if element_name != "img" && !name.is_empty() && self.fields.len() < FIELDS {
            let usual = if element_name == "button" { "submit" } else { "text" };
            let kind = Some(value(element, "type").trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty());
            let kind = kind.unwrap_or_else(|| usual.to_owned());
            self.fields.push(Field { kind, name, value: value(element, "value") });
        }
    }

    fn login(self, page: &Url) -> Option<LoginForm> {
        let is_account = |field: &&Field| matches!(field.kind.as_str(), "text" | "email" | "tel" | "number");
        let mut passwords = self.fields.iter().enumerate().filter(|(_, field)| field.kind == "password");
        let (place, password) = passwords.next()?;
        if passwords.next().is_some() || !self.posts {
            return None;
        }
        let account = self.fields.iter().take(place).rev().find(is_account)?;
        let mut has_button = false;
        let others = self.fields.iter().filter(|field| match field.kind.as_str() {
            "hidden" => true,
            // A browser sends the button that is pressed, and no other.
            "submit" => !std::mem::replace(&mut has_button, true),
            _ => false,
        });
        let others = others.map(|field| (field.name.clone(), field.value.clone())).collect();
        Some(LoginForm {
            action: page.join(self.action.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?.into(),
            account: account.name.clone(),
            password: password.name.clone(),
            others,
            captcha: self.captcha,
        })
    }
}

/// The value of an attribute, its character references undone; empty when it is absent or too long.
fn value(element: &Element<'_, '_>, name: &str) -> String {
    let value = element.get_attribute(name).filter(|value| value.len() <= ATTRIBUTE).unwrap_or_default();
    if value.contains('&') { htmlize::unescape_attribute(value.as_str()).into_owned() } else { value }
}
