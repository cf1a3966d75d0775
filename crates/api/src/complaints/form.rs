//! The form for reports: plain HTML in both languages.
//!
//! A form sent from elsewhere is refused: the token in the form must be that of the cookie (double submit), which is `SameSite=Strict`. A field
//! that people do not see stands in for a riddle: who fills it in is a program, and gets a receipt for nothing.

use std::fmt::Display;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use model::text::{Lang, Text};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::complaints::report::{self, Report, Subject};
use crate::complaints::take;
use crate::fault::Fault;
use crate::server::{Client, Shared};

const COOKIE: &str = "complaint_form";

/// What the address may ask for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    lang: Lang,
}

/// What a browser sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    lang: Lang,
    token: String,
    target: String,
    institution: String,
    subject: Subject,
    description: String,
    /// The field that people do not see.
    homepage: String,
}

#[derive(Template)]
#[template(path = "complaints.html")]
struct Page<'a> {
    w: Words,
    /// The receipt number, once there is one.
    receipt: Option<&'a str>,
    /// What is wrong.
    problem: Option<&'a str>,
    token: &'a str,
    sent: &'a Sent,
    subjects: &'static [Subject],
}

/// The page's language.
#[derive(Clone, Copy)]
struct Words(Lang);

impl Words {
    fn t(&self, zh: &'static str, en: &'static str) -> impl Display {
        if self.0 == Lang::En { en } else { zh }
    }

    fn subject(&self, subject: &Subject) -> &'static str {
        subject.label().get(self.0)
    }

    fn is_en(&self) -> bool {
        self.0 == Lang::En
    }
}

/// The empty form.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let lang = asked.map(|Query(asked)| asked.lang).unwrap_or_default();
    page(&shared, &headers, &Sent { lang, ..Sent::default() }, None)
}

/// Takes a form that was filled in.
pub(crate) async fn send(
    State(shared): State<Arc<Shared>>,
    Client(client): Client,
    headers: HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = match sent {
        Ok(Form(sent)) => sent,
        Err(rejection) => {
            let words = Text::new("表单内容不完整或过长", "the form is incomplete or too long");
            return page(&shared, &headers, &Sent::default(), Some(&Fault::new(rejection.status(), "invalid", words)));
        }
    };
    if !is_ours(&headers, &sent.token) {
        let words = Text::new("页面已过期：请重新提交", "this page is too old: send it again");
        return page(&shared, &headers, &sent, Some(&Fault::new(StatusCode::FORBIDDEN, "stale_form", words)));
    }
    let taken = match sent.homepage.is_empty() {
        true => take(&shared, client, &sent.report(), "form").await,
        false => report::receipt(Timestamp::now()),
    };
    match taken {
        Ok(receipt) => thanks(sent.lang, &receipt),
        Err(fault) => page(&shared, &headers, &sent, Some(&fault)),
    }
}

/// The form's style sheet, a file of its own: the pages allow no style in their text.
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/complaints.css"))
}

impl Sent {
    fn report(&self) -> Report {
        let Self { target, institution, subject, description, .. } = self.clone();
        Report { target, institution, subject, description, ..Report::default() }
    }
}

/// The form with what was filled in, and what is wrong with it.
fn page(shared: &Shared, headers: &HeaderMap, sent: &Sent, fault: Option<&Fault>) -> Response {
    // A second window keeps the first one's token valid.
    let token = match cookie(headers).filter(|token| token.len() == 43) {
        Some(token) => token.to_owned(),
        None => match fresh() {
            Ok(token) => token,
            Err(fault) => return fault.into_response(),
        },
    };
    let problem = fault.map(|fault| fault.words(sent.lang));
    let page = Page { w: Words(sent.lang), receipt: None, problem, token: &token, sent, subjects: Subject::ALL };
    let mut response = rendered(&page);
    if let Some(fault) = fault {
        fault.dress(&mut response);
    }
    let secure = if shared.settings.https { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/complaints; HttpOnly; SameSite=Strict; Max-Age=7200{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn thanks(lang: Lang, receipt: &str) -> Response {
    let sent = Sent::default();
    rendered(&Page { w: Words(lang), receipt: Some(receipt), problem: None, token: "", sent: &sent, subjects: &[] })
}

fn rendered(page: &Page<'_>) -> Response {
    page.render().map_or_else(|_| Fault::failed().into_response(), |text| Html(text).into_response())
}

/// Whether a form was filled in on a page of ours.
fn is_ours(headers: &HeaderMap, token: &str) -> bool {
    let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    !from_elsewhere && cookie(headers).is_some_and(|ours| ours.len() == 43 && ours.as_bytes().ct_eq(token.as_bytes()).into())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

fn fresh() -> Result<String, Fault> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| Fault::failed())?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
