//! Targets for lines of text: names, addresses, numbers, mail records.

use model::facts::dns::Answer;
use model::plain_name;
use readers::marks::{Element, from_element};
use readers::spf::evaluation::{Evaluation, QUESTION_LIMIT};
use readers::{dmarc, filings, found_names, names, organisations, spf};

use crate::input::{pieces, text};

/// Lines that are host names, addresses, filing numbers, names of institutions or parts of a mark.
pub fn names(bytes: &[u8]) {
    let whole = text(bytes);
    for line in whole.lines().take(200) {
        if let Some(host) = names::host(line) {
            assert!(host.ascii.len() <= 253 && host.ascii.is_ascii(), "{host:?}");
            assert_eq!(names::host(&host.ascii).as_ref(), Some(&host), "one host has one name");
        }
        if let Ok(address) = names::address(line) {
            let port = address.port.map(|port| format!(":{port}")).unwrap_or_default();
            let bracketed =
                if address.host.ascii.contains(':') { format!("[{}]", address.host.ascii) } else { address.host.ascii.clone() };
            let again = names::address(&format!("{bracketed}{port}{}", address.path)).expect("what was read can be read");
            assert_eq!(again.host, address.host);
        }
        if let Some(found) = found_names::below("example.gov.cn", line) {
            assert!(found.ascii.ends_with("example.gov.cn"), "{found:?}");
        }
        let once = plain_name::institution(line);
        assert_eq!(plain_name::institution(&once), once, "the form of a form is the same");
        let part = Some(line.to_owned());
        let _ =
            from_element(&Element { href: part.clone(), src: part.clone(), id: part.clone(), alt: part, text: String::new() });
    }
    let lines: Vec<String> = whole.lines().take(50).map(str::to_owned).collect();
    assert!(filings::icp(&whole, &[]).len() <= 50);
    assert!(filings::police(&whole, &[]).len() <= 50);
    assert!(filings::site_codes(&whole, &[], &lines).len() <= 50);
    assert!(organisations::names(&whole, &lines, &whole).len() <= 20);
}

/// Text records in the order in which they are asked for: SPF is evaluated, and all are read as DMARC too.
pub fn mail(bytes: &[u8]) {
    let records: Vec<String> = pieces(bytes).into_iter().map(text).collect();
    for record in &records {
        let _ = (spf::is_record(record), spf::parse(record));
        let _ = (dmarc::is_record(record), dmarc::parse(record));
        let _ = found_names::in_spf(record);
        if let Some(domain) = names::host(record) {
            assert!(dmarc::names(&domain).len() <= 9);
        }
    }
    let (mut evaluation, mut asked) = (Evaluation::new("example.gov.cn"), 0);
    while let Some(question) = evaluation.next() {
        asked += 1;
        assert!(asked <= QUESTION_LIMIT, "an evaluation ends");
        // Once all are given they are given anew, so that an include can run in circles.
        let texts = records.get((asked - 1) % records.len()).map(|record| record.lines().map(str::to_owned).collect());
        evaluation.answer(question, texts.map_or(Answer::Empty, Answer::Records));
    }
    assert!(evaluation.finish().problems.len() <= 50);
}
