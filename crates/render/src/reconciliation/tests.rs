//! The report over a small world with hostile words.

use model::ledger::attribute::Attribute;
use model::ledger::entity::EntityId;
use model::ledger::reconciliation::{
    Belongs, Contradiction, DivisionLine, Glimpse, Listed, Numbers, SourceLine, Standing, Unregistered, Unseen,
};
use model::ledger::source::{Source, SourceKind};
use model::ledger::truth::Other;

use super::*;
use crate::clean::acts;
use crate::sample;

const EVIL: &str = "清河县<script>alert(1)</script>\u{202e}\x1b[31m教育局";

fn report(name: &str) -> Reconciliation {
    let at = jiff::Timestamp::from_second(1_767_225_600).expect("a time");
    let source = |kind| Source { id: 1, kind, name: name.to_owned() };
    let entity = |text: &str| -> EntityId { text.parse().expect(text) };
    let other = |value: &str, kind| Other { value: value.to_owned(), source: source(kind), since: at };
    let line = |kind, standing| SourceLine {
        source: source(kind),
        standing,
        delivered: Some(at),
        state: None,
        age_days: Some(100),
        expected_days: 90,
        tells: 12,
        saw: 0,
        saw_unregistered: 0,
    };
    let numbers = Numbers { registered: 1200, seen: 800, candidates: 7, contradictions: 1 };
    let unseen = Unseen {
        entity: entity("site:www.qinghe.gov.cn"),
        name: name.to_owned(),
        owner: name.to_owned(),
        division: "130534".parse().ok(),
        registers: vec![source(SourceKind::Ledger); 9],
    };
    let missing = Unregistered {
        asset: entity(&format!("host:{}.gov.cn", "很长的名字".repeat(30))),
        because: Belongs::GovernmentSuffix,
        seen: vec![Glimpse { source: source(SourceKind::Zone), first: at, last: at }],
    };
    let contradiction = Contradiction {
        entity: entity("site:www.qinghe.gov.cn"),
        name: name.to_owned(),
        attribute: Attribute::Owner,
        in_force: other(name, SourceKind::Icp),
        others: vec![other("清河县水利局", SourceKind::Ledger)],
    };
    Reconciliation {
        at,
        region: "130500".parse().ok(),
        region_name: name.to_owned(),
        numbers,
        seen: 1000,
        covered: 800,
        divisions: vec![
            DivisionLine { division: "130534".parse().ok(), name: name.to_owned(), numbers },
            DivisionLine { division: None, name: String::new(), numbers },
        ],
        unseen: Listed { total: 400, first: vec![unseen; 20] },
        unregistered: Listed { total: 1, first: vec![missing] },
        contradictions: Listed { total: 1, first: vec![contradiction] },
        troubled: 1,
        sources: vec![line(SourceKind::Ledger, Standing::Fresh), line(SourceKind::Icp, Standing::Stale)],
    }
}

#[test]
fn the_terminal_shows_all_four_questions_within_its_width() {
    for (lang, name, words) in [
        (Lang::Zh, "清河县教育局", ["覆盖率 80.0%", "已登记但未被观测到 (400)", "来源之间不一致", "超期未更新", "其余 385 条"]),
        (Lang::En, "Qinghe", ["80.0%", "nowhere seen (400)", "contradict", "stale", "385 more"]),
    ] {
        let text = terminal(&report(name), lang, 80, false);
        for part in words {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(text.lines().all(|line| sample::columns(line) <= 80), "{text}");
    }
}

#[test]
fn hostile_words_stay_words() {
    let text = terminal(&report(EVIL), Lang::Zh, 80, false);
    assert!(!text.chars().any(|char| char != '\n' && acts(char)), "{text}");
    for lang in [Lang::Zh, Lang::En] {
        let page = html(&report(EVIL), lang, &sample::meta());
        assert!(page.contains("&#60;script&#62;") && !page.contains("<script"));
        assert!(!page.chars().any(|char| char != '\n' && acts(char)));
    }
}

#[test]
fn the_page_is_whole_and_in_its_language() {
    let page = html(&report("清河县教育局"), Lang::Zh, &sample::meta());
    for part in
        ["台账核对报告", "二、已登记但未被观测到（400）", "其余 380 条", "使用 .gov.cn 或 .政务 后缀", "未被观测到不等于不存在"]
    {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(
        !page.contains("src=") && !page.contains("url(") && !page.contains("“不适用”"),
        "nothing is loaded, no verdicts are explained"
    );
    let page = html(&report("Qinghe"), Lang::En, &sample::meta());
    assert!(page.contains("2. In a register, nowhere seen (400)") && page.contains("<html lang=\"en\">"));
}

#[test]
fn json_has_its_form_and_reads_back() {
    let report = report("清河县教育局");
    let written = serde_json::to_string(&document(&report, "1.0")).expect("json");
    assert!(written.starts_with("{\"schema\":\"mingcha-reconciliation/1\""));
    let read: Document = serde_json::from_str(&written).expect("json");
    assert_eq!(read.reconciliation, report);
    assert!(schema()["properties"]["reconciliation"].is_object());
}
