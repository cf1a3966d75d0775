//! Laws of the HTML pages.

use model::digest::Digest;
use model::facts::rendered::Screenshot;
use model::facts::{Kind, Payload};
use model::observation::Outcome;
use model::text::Lang;

use super::*;
use crate::clean::acts;
use crate::sample::{self, Flavour};

fn pages(flavour: Flavour, lang: Lang) -> [String; 2] {
    let world = sample::build(flavour);
    let meta = sample::meta();
    let summary = sample::sweep(&world);
    [subject(&world.report(), world.catalogue(), lang, &meta), sweep(&summary, world.catalogue(), lang, &meta)]
}

/// The values of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn is_cjk(char: char) -> bool {
    matches!(char, '\u{2e80}'..='\u{2fff}' | '\u{3000}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}')
}

#[test]
fn hostile_words_stay_words() {
    for lang in [Lang::Zh, Lang::En] {
        for page in pages(Flavour::Hostile, lang) {
            assert!(page.contains("&#60;script&#62;alert(1)"), "the hostile words are not there at all");
            assert!(!page.contains("<script") && !page.contains("<img src=x"), "markup from outside got through");
            assert!(!page.chars().any(|char| char != '\n' && acts(char)), "a control character got through");
            assert!(values(&page, "href").iter().all(|href| !href.contains("javascript")), "a script became a link");
        }
    }
}

#[test]
fn pages_load_nothing() {
    for lang in [Lang::Zh, Lang::En] {
        for page in pages(Flavour::Chinese, lang) {
            assert!(values(&page, "src").iter().all(|src| src.starts_with("data:image/")));
            assert!(!page.contains("url(") && !page.contains("@import") && !page.contains("<link") && !page.contains("<iframe"));
            for (element, rest) in page.split('<').skip(1).filter_map(|element| element.split_once(' ')) {
                for href in values(&format!(" {rest}"), "href") {
                    let fits = match element {
                        "image" => href.starts_with("data:image/"),
                        "use" => href.starts_with('#'),
                        _ => element == "a",
                    };
                    assert!(fits, "<{element}> loads {href}");
                }
            }
        }
    }
}

#[test]
fn links_to_the_web_tell_nobody() {
    let [page, _] = pages(Flavour::Chinese, Lang::Zh);
    let links: Vec<_> = page.split("<a ").skip(1).filter(|link| link.starts_with("href=\"http")).collect();
    assert_eq!(links.len(), 1);
    assert!(links.iter().all(|link| link.split('>').next().is_some_and(|tag| tag.contains("rel=\"noreferrer noopener\""))));
}

#[test]
fn the_english_pages_have_no_chinese_of_their_own() {
    for page in pages(Flavour::Ascii, Lang::En) {
        // Names of fonts are no words of the page.
        let (_, body) = page.split_once("</style>").unwrap();
        let found: Vec<_> = body.lines().filter(|line| line.chars().any(is_cjk)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn the_chinese_page_says_everything_in_chinese() {
    let [page, sweep] = pages(Flavour::Chinese, Lang::Zh);
    for words in [
        "检测结论",
        "违规",
        "待核实",
        "建议",
        "无法判定",
        "不适用",
        "本版本未检测",
        "整改方法",
        "局限与异议",
        "法规依据",
        "2024-07-01 起施行",
        "报告编号",
    ] {
        assert!(page.contains(words), "{words} is missing");
    }
    for words in ["undetermined", "violation(", "How to mend", "Exhibit"] {
        assert!(!page.split_once("</style>").unwrap().1.contains(words), "{words} is left in English");
    }
    assert!(sweep.contains("云岭县人民政府") && sweep.contains("href=\"subjects/0.html\""));
}

#[test]
fn violations_come_first_and_every_verdict_is_named() {
    let world = sample::build(Flavour::Chinese);
    let [page, _] = pages(Flavour::Chinese, Lang::Zh);
    let order = [
        "DATA003</span>",
        "DOM002</span>",
        "LINK004</span>",
        "MARK002</span>",
        "DOM005</span>",
        "DATA012</span>",
        "ORG003</td>",
        "MARK001</td>",
    ];
    let places: Vec<_> = order.iter().map(|words| page.find(words).unwrap_or_else(|| panic!("{words} is missing"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(world.verdicts.iter().all(|verdict| page.contains(&verdict.id.to_string())));
}

#[test]
fn every_kind_of_evidence_is_shown() {
    let world = sample::build(Flavour::Chinese);
    let [page, _] = pages(Flavour::Chinese, Lang::Zh);
    for kind in Kind::ALL {
        assert!(world.bundle.observations.iter().any(|seen| seen.kind == *kind), "the sample lacks {kind:?}");
        assert!(page.contains(&format!("　{}</h3>", kind.label().zh)), "{kind:?} is not in the annex");
    }
    for words in [
        "CN=Lab Root CA",
        "edge.yunling.example",
        "JSESSIONID",
        "_dmarc.yunling.example",
        "离开前往 https://forum.example/",
        "超出上限未检查",
    ] {
        assert!(page.contains(words), "{words} is missing");
    }
}

#[test]
fn pictures_are_embedded_once_and_boxes_drawn() {
    let [page, _] = pages(Flavour::Chinese, Lang::Zh);
    assert_eq!(page.matches("<image ").count(), 1);
    assert!(page.matches("<use href=\"#shot-").count() >= 5);
    assert!(page.contains("<rect class=\"box\" x=\"612\" y=\"1408\" width=\"56\" height=\"64\">"));
    assert!(page.contains("截图未随报告保存"), "a picture that is not at hand is told");
}

#[test]
fn boxes_are_drawn_on_the_picture_that_was_judged() {
    let mut world = sample::build(Flavour::Ascii);
    let judged = world.bundle.observations.iter().find(|seen| seen.kind == Kind::RenderedPage).unwrap();
    // A newer picture that no verdict cites.
    let mut newer = judged.clone();
    newer.finished = sample::at();
    let Outcome::Seen(Payload::RenderedPage(page)) = &mut newer.outcome else { panic!("the sample is no page") };
    page.screenshot = Some(Screenshot { digest: Digest::of(b"newer"), width: 1280, height: 500 });
    world.bundle.observations.push(newer);
    let page = subject(&world.report(), world.catalogue(), Lang::En, &sample::meta());
    assert!(page.contains("y=\"1408\""));
    assert!(!page.contains(&Digest::of(b"newer").to_string()[..16]));
}

#[test]
fn a_box_below_the_end_of_the_picture_is_told() {
    let mut world = sample::build(Flavour::Ascii);
    for verdict in &mut world.verdicts {
        verdict.evidence.iter_mut().flat_map(|piece| &mut piece.regions).for_each(|region| region.rect.y = 90_000);
    }
    let page = subject(&world.report(), world.catalogue(), Lang::En, &sample::meta());
    assert!(page.contains("(beyond the picture)"));
}

#[test]
fn bytes_that_are_no_picture_are_not_shown() {
    let mut world = sample::build(Flavour::Ascii);
    world.images.values_mut().for_each(|image| *image = b"<svg onload=alert(1)>".to_vec());
    let page = subject(&world.report(), world.catalogue(), Lang::En, &sample::meta());
    assert!(!page.contains("<image ") && page.contains("was not kept"));
}

#[test]
fn a_report_without_verdicts_or_evidence_is_a_page() {
    let mut world = sample::build(Flavour::Ascii);
    world.bundle.observations.clear();
    world.verdicts.clear();
    let page = subject(&world.report(), Catalogue(&[]), Lang::En, &sample::meta());
    assert!(page.contains("not covered by this version") && page.contains("</html>"));
    assert!(sweep(&SweepSummary::default(), Catalogue(&[]), Lang::Zh, &sample::meta()).contains("</html>"));
}

#[test]
fn long_tables_are_cut_and_say_so() {
    let world = sample::build(Flavour::Ascii);
    let mut summary = SweepSummary::default();
    for index in 0..700 {
        let mut bundle = world.bundle.clone();
        bundle.subject.key = format!("{index}.example");
        summary.add(&bundle, &world.verdicts, None);
    }
    let page = sweep(&summary, world.catalogue(), Lang::En, &sample::meta());
    assert!(page.contains("200 more"));
    assert_eq!(page.matches("<code>site:").count(), 500);
}
