//! Attempts on web pages: HTTP Basic and log-in forms. The request is sent once, on a connection of its own, and goes to no other host.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::facts::web::Visit;
use model::observation::{Failure, FailureClass};
use model::passwords::SignIn;
use readers::entrances::{LoginForm, asks_password, login_form};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Attempt, Front, Login, Place, Run, locked, on_host};
use crate::exchange::Credentials;
use crate::walk::{Carried, Depth, Page, Walk};

/// Redirects after signing in.
const REDIRECTS: usize = 5;
/// On a page with more text than this, in characters, a word of refusal may be part of something else.
const SHORT: usize = 1000;
/// Words by which a page refuses.
const REFUSED: [&str; 16] = [
    "错误",
    "失败",
    "不正确",
    "不存在",
    "无效",
    "有误",
    "不匹配",
    "请重新",
    "未授权",
    "验证码",
    "invalid",
    "incorrect",
    "failed",
    "denied",
    "wrong",
    "error",
];
/// Words of a link by which one leaves.
const LEAVE: [&str; 7] = ["退出", "注销", "安全退出", "logout", "log out", "sign out", "signout"];

/// An answer with what the visitor has of it.
struct Answer {
    visit: Visit,
    html: String,
    carried: Carried,
}

impl Answer {
    fn status(&self) -> u16 {
        self.visit.last().map_or(0, |hop| hop.status)
    }

    fn text(&self) -> String {
        let page = readers::page::read(&self.html, self.visit.end());
        format!("{}\n{}", page.title, page.text)
    }
}

impl Run<'_> {
    /// What stands at an address: a log-in by HTTP, or a form.
    pub(super) async fn web_front(&self, url: Url) -> Result<Front, Failure> {
        let seen = self.fetch(&url, Carried::default(), None).await?;
        if seen.status() == 429 {
            return Err(Failure::new(FailureClass::RateLimited, format!("{url}: HTTP 429")));
        }
        let challenge = seen.visit.last().and_then(|hop| hop.header("www-authenticate").next()).unwrap_or_default();
        if seen.status() == 401 && challenge.trim_start().to_ascii_lowercase().starts_with("basic") {
            return Ok(Front { sign_in: SignIn::HttpBasic, shows: challenge.to_lowercase(), place: Place::Web(url) });
        }
        if let Some(failure) = readers::access::failure(&seen.visit, &seen.html) {
            return Err(failure);
        }
        self.usable_form(&seen)?;
        if locked(&self.host, &seen.text()).is_some() {
            let detail = format!("{}: the page warns that accounts are locked; no attempt is made", seen.visit.end());
            return Err(Failure::new(FailureClass::AccessDenied, detail));
        }
        Ok(Front {
            sign_in: SignIn::HttpForm,
            shows: format!("{}\n{}", seen.text(), seen.html).to_lowercase(),
            place: Place::Web(url),
        })
    }

    /// The form of a page, if it can be tried.
    fn usable_form(&self, seen: &Answer) -> Result<LoginForm, Failure> {
        let at = seen.visit.end();
        let form = login_form(&seen.html, at).ok_or_else(|| {
            Failure::new(FailureClass::NotAPage, format!("{at}: no form that is posted with name and password"))
        })?;
        if !on_host(&form.action, &self.host) {
            return Err(Failure::new(FailureClass::NotPermitted, format!("{at}: the form is sent to another host")));
        }
        if form.captcha {
            return Err(Failure::new(FailureClass::AccessDenied, format!("{at}: the form asks for what only a person can read")));
        }
        Ok(form)
    }

    /// An attempt by HTTP Basic (RFC 7617). The first answer decides: a redirect already lets in, and is followed without the password.
    pub(super) async fn basic(&self, url: &Url, login: &Login<'_>) -> Result<Attempt, Failure> {
        let value = format!("Basic {}", STANDARD.encode(format!("{}:{}", login.account, login.password.expose())));
        let seen = self.fetch(url, Carried::default(), Some(Credentials::Field(value))).await?;
        self.braked(&seen)?;
        Ok(match seen.visit.hops.first().map_or(0, |hop| hop.status) {
            200..=399 => Attempt::Accepted,
            401 => Attempt::Refused,
            status => Attempt::Unclear(Failure::new(FailureClass::NotAPage, format!("{url}: HTTP {status}"))),
        })
    }

    /// An attempt by a form, which is fetched anew for it: with the cookies and the hidden values of this visit.
    pub(super) async fn form(&self, url: &Url, login: &Login<'_>) -> Result<Attempt, Failure> {
        let seen = self.fetch(url, Carried::default(), None).await?;
        self.braked(&seen)?;
        let form = self.usable_form(&seen)?;
        let action = Url::parse(&form.action).map_err(|error| Failure::new(FailureClass::ProtocolError, error.to_string()))?;
        let before = seen.carried.jar.clone();
        let credentials = Credentials::Form(filled_in(&form, login).into());
        let mut after = self.fetch(&action, seen.carried, Some(credentials)).await?;
        self.braked(&after)?;
        let accepted = (200..300).contains(&after.status()) && lets_in(&after) && after.carried.jar != before;
        if !accepted {
            return Ok(Attempt::Refused);
        }
        let carried = std::mem::take(&mut after.carried);
        self.leave(&after, carried).await;
        Ok(Attempt::Accepted)
    }

    /// A sign that the server counts attempts, or that something stands between.
    fn braked(&self, seen: &Answer) -> Result<(), Failure> {
        if let Some(broken) = &seen.visit.broken {
            return Err(broken.clone());
        }
        let failure = readers::access::failure(&seen.visit, &seen.html);
        let stops = |class| matches!(class, FailureClass::RateLimited | FailureClass::BlockPage | FailureClass::ServerError);
        match failure {
            Some(failure) if stops(failure.class) => return Err(failure),
            Some(failure) if failure.class == FailureClass::AccessDenied && seen.status() != 401 => return Err(failure),
            _ => {}
        }
        if let Some(stop) = locked(&self.host, &seen.text()) {
            return Err(stop);
        }
        if login_form(&seen.html, seen.visit.end()).is_some_and(|form| form.captcha) {
            let detail = format!("{}: after attempts the form asks for what only a person can read", self.host);
            return Err(Failure::new(FailureClass::RateLimited, detail));
        }
        Ok(())
    }

    /// Leaves by the page's own link, so that no session of ours stays open.
    async fn leave(&self, page: &Answer, carried: Carried) {
        let links = readers::page::read(&page.html, page.visit.end()).links;
        let leads_out = |text: &str, url: &str| {
            LEAVE.iter().any(|word| text.to_lowercase().contains(word) || url.to_lowercase().contains(word))
        };
        let link = links.iter().find(|link| on_host(&link.url, &self.host) && leads_out(&link.text, &link.url));
        if let Some(url) = link.and_then(|link| Url::parse(&link.url).ok()) {
            // Whether it worked is not ours to prove; the cookies are forgotten either way.
            let _ = self.fetch(&url, carried, None).await;
        }
    }

    async fn fetch(&self, url: &Url, carried: Carried, credentials: Option<Credentials>) -> Result<Answer, Failure> {
        let within = |url: &Url| on_host(url.as_str(), &self.host);
        let limit = self.probes.dialer.settings().body_limit_bytes;
        let mut walk = Walk::new(&self.probes.dialer, &self.probes.tls, self.permit, Depth::Page)
            .at_most(limit, REDIRECTS)
            .next(carried, &within);
        if let Some(credentials) = credentials {
            walk = walk.signing_in(credentials);
        }
        let mut walked = walk.run(url.as_str()).await?;
        let carried = std::mem::take(&mut walked.carried);
        let (visit, page) = walked.seen(url.as_str());
        Ok(Answer { visit, html: Page::html(page.as_ref()).to_owned(), carried })
    }
}

/// The form's body. It is not kept beyond the request.
fn filled_in(form: &LoginForm, login: &Login<'_>) -> String {
    let mut body = Serializer::new(String::new());
    body.append_pair(&form.account, login.account).append_pair(&form.password, login.password.expose());
    for (name, value) in &form.others {
        body.append_pair(name, value);
    }
    body.finish()
}

/// Whether a page is one that only those see who are in: it asks for no password and says nothing of a refusal.
fn lets_in(seen: &Answer) -> bool {
    let (html, text) = (seen.html.as_str(), seen.text().to_lowercase());
    let short = text.chars().nth(SHORT).is_none();
    let scripts = readers::page::inline_scripts(html).concat().to_lowercase();
    let refused = |text: &str| REFUSED.iter().any(|word| text.contains(word));
    // A refusal is often a script that shows a message and leads back.
    let refuses = short && (refused(&text) || scripts.contains("alert(") && refused(&scripts));
    !(html.trim().is_empty() || asks_password(html) || refuses)
}
