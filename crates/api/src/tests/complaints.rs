//! Reports from the public, by API and by form.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use ingest::source::input::Input;
use ingest::source::{Record, Sink, Stopped};
use model::ledger::attribute::Attribute;
use model::ledger::claim::Claim;
use model::ledger::source::Rejected;
use serde_json::json;

use crate::server::Api;
use crate::settings::{Complaints, Settings};
use crate::tests::{Memory, ask, request, settings};

fn by_api(report: &serde_json::Value) -> Request<Body> {
    let request = request("POST", "/api/v1/complaints").header("content-type", "application/json");
    request.body(report.to_string().into()).expect("a request")
}

/// A form that was filled in, with the cookie of the page that it came from.
fn by_form(cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut form = url_form(&[("target", "www.a.gov.cn"), ("description", "首页被篡改了")]);
    form.push_str(&url_form(fields));
    let request = request("POST", "/complaints").header("content-type", "application/x-www-form-urlencoded");
    request.header("cookie", format!("other=1; complaint_form={cookie}")).body(form.into()).expect("a request")
}

fn url_form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}&", encoded(value))).collect()
}

/// The form's page and the token in it.
async fn form(api: &Api, path: &str) -> (String, String) {
    let answer = ask(api, request("GET", path).body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).expect("a token").to_owned();
    assert!(answer.body.contains(&format!("name=\"token\" value=\"{token}\"")));
    (answer.body, token)
}

#[tokio::test]
async fn a_report_is_kept_as_one_line_without_personal_data() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let report = json!({
        "target": "https://www.gov-cn.example/", "institution": "甲市人民政府", "subject": "counterfeit",
        "description": "打电话13800001234，\n身份证11010519491231002X", "contact": "zhang@example.cn",
    });
    let answer = ask(&api, by_api(&report)).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let receipt = answer.json()["receipt"].as_str().expect("a receipt").to_owned();
    let [line] = memory.bodies().try_into().expect("one delivery");
    assert_eq!(line.lines().count(), 1);
    for secret in ["13800001234", "11010519491231002X", "zhang@", "192.0.2.7"] {
        assert!(!line.contains(secret), "{line}");
    }
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((line["number"].as_str(), line["target"].as_str()), (Some(receipt.as_str()), Some("https://www.gov-cn.example/")));
    let about = "疑似仿冒政府网站、应用或公众账号（甲市人民政府）：";
    assert_eq!(line["description"], format!("{about}打电话【已隐去手机号】， 身份证【已隐去身份证号】"));
    let delivery = &memory.deliveries()[0];
    assert_eq!((delivery.source.kind.word(), delivery.source.name.as_str()), ("complaints", "网上投诉举报"));
    assert!(!delivery.origin.contains("192.0.2"), "{}", delivery.origin);
}

#[tokio::test]
async fn a_report_that_is_none_is_refused() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let long = "长".repeat(2001);
    for (report, status) in [
        (json!({ "target": "", "description": "首页被篡改了" }), 422),
        (json!({ "target": "a", "description": "短" }), 422),
        (json!({ "target": "a", "description": long }), 422),
        (json!({ "target": "a", "description": "首页被篡改了", "subject": "weather" }), 422),
        (json!({ "target": "a", "description": "首页被篡改了", "colour": 1 }), 422),
        (json!({ "target": "a", "description": "x".repeat(70_000) }), 413),
    ] {
        let answer = ask(&api, by_api(&report)).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.json()["message"]["zh"].is_string());
    }
    // A page elsewhere can send text without asking the browser, JSON not.
    let simple = request("POST", "/api/v1/complaints").header("content-type", "text/plain").body(Body::from("{}"));
    assert_eq!(ask(&api, simple.expect("a request")).await.status, 415);
    assert!(memory.bodies().is_empty());
}

#[tokio::test]
async fn the_form_speaks_both_languages_and_gives_a_receipt() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let (chinese, token) = form(&api, "/complaints").await;
    assert!(chinese.contains("lang=\"zh-CN\"") && chinese.contains("不收集、不保存您的姓名、联系方式"));
    let (english, _) = form(&api, "/complaints?lang=en").await;
    assert!(english.contains("lang=\"en\"") && english.contains("Report a government application"));
    assert!(!english.contains("<script") && !english.contains("style=\""), "the policy allows neither");

    let answer = ask(&api, by_form(&token, &[("token", &token), ("subject", "tampered"), ("lang", "en")])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let line: serde_json::Value = serde_json::from_str(&memory.bodies()[0]).expect("JSON");
    assert!(answer.body.contains(line["number"].as_str().expect("a number")) && answer.body.contains("Thank you"));
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_and_a_program_gets_a_receipt_for_nothing() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let (_, token) = form(&api, "/complaints").await;
    let other = "x".repeat(43);
    assert_eq!(ask(&api, by_form(&token, &[("token", &other)])).await.status, 403);
    assert_eq!(ask(&api, by_form("", &[("token", "")])).await.status, 403);
    let mut crossed = by_form(&token, &[("token", &token)]);
    crossed.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    assert_eq!(ask(&api, crossed).await.status, 403);
    let robot = ask(&api, by_form(&token, &[("token", &token), ("homepage", "http://spam.example")])).await;
    assert!(robot.status == 200 && robot.body.contains("TS20"), "{}", robot.body);
    assert!(memory.bodies().is_empty());
}

#[tokio::test]
async fn what_was_filled_in_stays_and_is_escaped() {
    let api = Api::new(settings(), Memory::new());
    let (_, token) = form(&api, "/complaints").await;
    let fields = [("token", token.as_str()), ("institution", "\"><script>alert(1)</script>")];
    let mut sent = by_form(&token, &fields);
    *sent.body_mut() = format!("{}target=&description=%3C%2Ftextarea%3E", url_form(&fields)).into();
    let answer = ask(&api, sent).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("请填写 1 至 500 字的网址") && answer.body.contains("role=\"alert\""), "{}", answer.body);
    assert!(!answer.body.contains("<script>") && answer.body.matches("</textarea>").count() == 1, "{}", answer.body);
}

#[tokio::test(start_paused = true)]
async fn reports_are_rationed_by_client_and_in_all() {
    let complaints = Complaints { per_client_per_hour: 2, per_hour: 3, ..Complaints::default() };
    let trusted_proxies = vec!["192.0.2.7".parse().expect("an address")];
    let api = Api::new(Settings { complaints, trusted_proxies, ..settings() }, Memory::new());
    let report = json!({ "target": "www.a.gov.cn", "description": "首页被篡改了" });
    let status = async |client: &str| {
        let mut request = by_api(&report);
        // Only the proxy's own word counts, not what the client put before it.
        request.headers_mut().insert("x-forwarded-for", format!("203.0.113.99, {client}").parse().expect("a value"));
        ask(&api, request).await.status.as_u16()
    };
    assert_eq!([status("198.51.100.1").await, status("198.51.100.1").await, status("198.51.100.1").await], [202, 202, 429]);
    assert_eq!([status("198.51.100.2").await, status("198.51.100.3").await], [202, 429]);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(status("198.51.100.1").await, 202);
}

#[tokio::test]
async fn reports_can_be_switched_off() {
    let complaints = Complaints { enabled: false, ..Complaints::default() };
    let api = Api::new(Settings { complaints, ..settings() }, Memory::new());
    assert_eq!(ask(&api, by_api(&json!({}))).await.status, 404);
    assert_eq!(ask(&api, request("GET", "/complaints").body(Body::empty()).expect("a request")).await.status, 404);
}

/// Keeps what the importer says of one report.
#[derive(Default)]
struct Kept(Vec<Claim>);

impl Sink for Kept {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        let Record::Claim(claim) = record else { panic!("{record:?}") };
        self.0.push(claim);
        Ok(())
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped> {
        panic!("{rejected:?}");
    }

    fn row(&mut self) {}
}

#[tokio::test]
async fn the_importer_reads_what_is_kept() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let report = json!({ "target": "www.a.gov.cn", "description": "首页被篡改了", "subject": "tampered" });
    let receipt = ask(&api, by_api(&report)).await.json()["receipt"].as_str().expect("a receipt").to_owned();
    let (body, delivery) = (&memory.bodies()[0], &memory.deliveries()[0]);
    let mut input = Input::new(&delivery.origin, delivery.at, body.as_bytes()).expect("an input");
    let mut kept = Kept::default();
    let format = ingest::source::format(delivery.source.kind).expect("a format");
    (format.read)(&mut input, &mut kept).expect("readable");
    let [claim] = kept.0.as_slice() else { panic!("{:?}", kept.0) };
    assert_eq!(claim.entity.to_string(), format!("complaint:{receipt}"));
    assert_eq!(claim.says[&Attribute::Target], "www.a.gov.cn");
    assert_eq!(claim.says[&Attribute::Description], "页面被篡改或含不良信息、外链：首页被篡改了");
}
