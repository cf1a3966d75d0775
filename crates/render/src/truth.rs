//! One institution or application as the ledger has it: each value, who says so since when, and who says otherwise.

use jiff::Timestamp;
use model::institution::{AdminLevel, InstitutionType};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Held, LifeState, Sighting};
use model::ledger::entity::EntityId;
use model::ledger::source::Source;
use model::ledger::truth::{Confidence, Truth};
use model::text::{Label, Lang};
use model::view::day_in_china;

use crate::listing;

/// The truth as text for a terminal; with `history`, what was said and is said no more.
pub fn text(truth: &Truth, history: &[Held], lang: Lang, width: usize) -> String {
    let say = |label: Label| label.get(lang);
    let name = truth.get(Attribute::Name).unwrap_or(&truth.entity.key);
    let confidence = match truth.confidence {
        Confidence::Low => Label { zh: "可信度低", en: "low confidence" },
        Confidence::Medium => Label { zh: "可信度中", en: "medium confidence" },
        Confidence::High => Label { zh: "可信度高", en: "high confidence" },
    };
    let division = truth.division.as_ref().map(ToString::to_string);
    let facts = [
        Some(say(truth.entity.kind.label()).to_owned()),
        Some(say(truth.state.label()).to_owned()),
        Some(say(confidence).to_owned()),
        division,
    ];
    let mut text = format!("{name}  {}\n{}\n", truth.entity, facts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
    if let Some(owner) = &truth.owner {
        text.push_str(&format!("{} {owner}\n", say(Attribute::Owner.label())));
    }
    for alias in &truth.aliases {
        text.push_str(&format!("{} {alias}\n", say(Label { zh: "又作", en: "also" })));
    }
    text.push('\n');
    let head = match lang {
        Lang::Zh => ["属性", "取值", "来源", "自"],
        Lang::En => ["attribute", "value", "source", "since"],
    };
    let rows = truth.attributes.iter().flat_map(|(attribute, held)| {
        let first = vec![
            say(attribute.label()).to_owned(),
            words(*attribute, &held.value, lang),
            source(&held.source, lang),
            day(held.since),
        ];
        let others = held.others.iter().map(|other| {
            vec![
                String::new(),
                format!("≠ {}", words(*attribute, &other.value, lang)),
                source(&other.source, lang),
                day(other.since),
            ]
        });
        std::iter::once(first).chain(others)
    });
    text.push_str(&listing::table(&head, rows, width));
    if !history.is_empty() {
        text.push_str(&said(Label { zh: "以往的说法", en: "What was said before" }, history, lang, width));
    }
    text
}

/// An asset or an entry of a register or list as text: what sources say of it, and who saw it.
pub fn asset(entity: &EntityId, claims: &[Held], sightings: &[(Source, Sighting)], lang: Lang, width: usize) -> String {
    let mut text = format!("{entity}  {}\n", entity.kind.label().get(lang));
    if !claims.is_empty() {
        text.push_str(&said(Label { zh: "各来源的说法", en: "What sources say" }, claims, lang, width));
    }
    if !sightings.is_empty() {
        let (title, head) = match lang {
            Lang::Zh => ("实际所见", ["首次", "最近", "来源", "所见"]),
            Lang::En => ("What was seen", ["first", "last", "source", "seen"]),
        };
        let rows = sightings
            .iter()
            .map(|(seen_by, seen)| vec![day(seen.first), day(seen.last), source(seen_by, lang), seen.what.clone()]);
        text.push_str(&format!("\n{title}\n{}", listing::table(&head, rows, width)));
    }
    text
}

fn said(title: Label, history: &[Held], lang: Lang, width: usize) -> String {
    let title = title.get(lang);
    let head = match lang {
        Lang::Zh => ["自", "至", "来源", "内容"],
        Lang::En => ["since", "until", "source", "said"],
    };
    let rows = history.iter().map(|held| {
        let says = held
            .claim
            .says
            .iter()
            .map(|(attribute, value)| format!("{} {}", attribute.label().get(lang), words(*attribute, value, lang)));
        let until = held.until.map(day).unwrap_or_default();
        vec![day(held.since), until, source(&held.source, lang), says.collect::<Vec<_>>().join("; ")]
    });
    format!("\n{title}\n{}", listing::table(&head, rows, width))
}

/// A source in words: the kind, and the name where it says more.
pub fn source(source: &Source, lang: Lang) -> String {
    let kind = source.kind.label().get(lang);
    if source.name == "default" { kind.to_owned() } else { format!("{kind} {}", source.name) }
}

/// A value in words, where it is a word of ours.
pub fn words(attribute: Attribute, value: &str, lang: Lang) -> String {
    let quoted = || serde_json::Value::String(value.to_owned());
    let label = match attribute {
        Attribute::Type => serde_json::from_value::<InstitutionType>(quoted()).ok().map(InstitutionType::label),
        Attribute::Level => serde_json::from_value::<AdminLevel>(quoted()).ok().map(AdminLevel::label),
        Attribute::State => LifeState::of_word(value).map(LifeState::label),
        _ => match value {
            "yes" => Some(Label { zh: "是", en: "yes" }),
            "no" => Some(Label { zh: "否", en: "no" }),
            _ => None,
        },
    };
    label.map_or_else(|| value.to_owned(), |label| label.get(lang).to_owned())
}

fn day(at: Timestamp) -> String {
    day_in_china(at).to_string()
}

#[cfg(test)]
mod tests {
    use model::ledger::entity::EntityKind;
    use model::ledger::source::SourceKind;
    use model::ledger::truth::{InForce, Other};

    use super::*;

    #[test]
    fn a_truth_says_who_says_what() {
        let source = |kind, name: &str| Source { id: 1, kind, name: name.into() };
        let since = Timestamp::UNIX_EPOCH;
        let other = Other { value: "public_institution".into(), source: source(SourceKind::Icp, "default"), since };
        let kind = InForce {
            value: "party_government".into(),
            source: source(SourceKind::Roster, "某省编办"),
            since,
            others: vec![other],
        };
        let truth = Truth {
            entity: EntityId::new(EntityKind::Institution, "11340000002986022P"),
            aliases: vec![EntityId::new(EntityKind::Institution, "~某某局")],
            attributes: [(Attribute::Type, kind)].into(),
            state: LifeState::Active,
            owner: None,
            division: None,
            confidence: Confidence::High,
        };
        let shown = text(&truth, &[], Lang::Zh, 80);
        for words in [
            "党政机关",
            "≠ 事业单位",
            "机构编制名册 某省编办",
            "ICP 备案数据",
            "1970-01-01",
            "又作 institution:~某某局",
            "可信度高",
        ] {
            assert!(shown.contains(words), "{words} is missing in\n{shown}");
        }
        assert!(shown.lines().all(|line| crate::sample::columns(line) <= 80), "{shown}");
    }
}
