//! The picture over the samples, hostile ones too.

use super::*;
use crate::sample::{self, Flavour};

fn picture(flavour: Flavour, lang: Lang) -> Node {
    let bundle = sample::build(flavour).bundle;
    tree(&bundle.subject, &bundle.observations, lang)
}

fn texts(node: &Node) -> Vec<&str> {
    std::iter::once(node.text.as_str()).chain(node.children.iter().flat_map(texts)).collect()
}

#[test]
fn it_names_hosts_addresses_services_technologies_pages_and_finds() {
    let tree = picture(Flavour::Ascii, Lang::En);
    let text = draw(&tree, 100, false);
    for part in [
        "192.0.2.7",
        "mainland CN",
        "AS4134",
        "6379/tcp",
        "Redis 7.0.15",
        "no log-in needed",
        "TLSv1.2",
        "jQuery 3.6.0",
        "wildcard",
        "oa.yunling.example",
        "2 ports closed",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn lines_fit_the_terminal_in_both_languages() {
    for (flavour, lang) in [(Flavour::Chinese, Lang::Zh), (Flavour::Ascii, Lang::En), (Flavour::Hostile, Lang::Zh)] {
        for line in draw(&picture(flavour, lang), 80, false).lines() {
            assert!(sample::columns(line) <= 80, "{line}");
        }
    }
}

#[test]
fn what_a_host_sent_is_harmless_and_bounded() {
    let tree = picture(Flavour::Hostile, Lang::Zh);
    assert!(!texts(&tree).iter().any(|text| text.chars().any(crate::clean::acts)));
    assert!(texts(&tree).iter().all(|text| text.chars().count() <= TEXT + 1));
    assert!(!draw(&tree, 80, false).contains('\x1b'));
}

#[test]
fn long_lists_are_counted() {
    let node = Node::new("all").with((0..100).map(|number| Node::new(number.to_string())), Lang::En);
    assert_eq!(node.children.len(), CHILDREN + 1);
    assert_eq!(node.children[CHILDREN].text, "and 60 more");
}
