//! Target for templates: a template, then a page that answers whatever it asks for.

use templates::{Answer, Belief, Catalogue, HttpAnswer, Request, Source, StoredAnswer, Target, Template};
use url::Url;

use crate::input::{assert_kept, head_and_text};

const SITE: &str = "https://www.example.gov.cn/";

/// A template, and what the pages that it asks for say.
pub fn templates(bytes: &[u8]) {
    let (yaml, page) = head_and_text(bytes);
    let fields = [("server".to_owned(), page.chars().take(40).collect::<String>())];
    match Template::read(&yaml, "fuzz.yaml") {
        Ok(template) => apply(&template, &page, &fields),
        Err(refusal) => {
            assert_kept(&refusal.template, 1000);
            assert_kept(&refusal.detail, 1000);
        }
    }
    let catalogue = Catalogue::read(vec![Source { name: "fuzz.yaml".into(), bytes: bytes.to_vec() }]);
    assert_eq!(catalogue.templates().len() + catalogue.refused().len(), 1);
    catalogue.offline(&StoredAnswer { url: SITE, redirected: false, status: 200, headers: &fields, body: page.as_bytes() });
}

fn apply(template: &Template, page: &str, fields: &[(String, String)]) {
    let target = Target::of(SITE).expect("an address");
    let mut run = template.run(&target);
    let mut asked = 0;
    while let Some(request) = run.request() {
        asked += 1;
        if let Request::Http(request) = &request {
            let url = Url::parse(&request.url).expect("an address");
            assert!(target.holds(&url), "{url} is not on the target");
            assert!(!url.path().split('/').any(|segment| segment == ".."), "{url} climbs");
            assert!(request.headers.iter().all(|(_, value)| !value.chars().any(char::is_control)));
        }
        run.take(&Answer::http(HttpAnswer { status: 200, headers: fields, body: page.as_bytes() }), Belief::Full);
    }
    assert!(asked <= 20, "{asked} requests");
    for proof in run.end().proofs {
        proof.matched.iter().for_each(|name| assert_kept(name, 400));
        proof.extracted.values().flatten().for_each(|value| assert_kept(value, 1000));
    }
}
