//! Who runs an application by what it shares with others: the subject of its ICP filing, its mark, the subject of its certificate.
//!
//! Invariant: a suggestion is made only where every sign points to one institution; it is a candidate's owner, not a claim.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::ledger::claim::{Link, Sameness};
use model::ledger::entity::EntityId;
use model::text;
use model::text::Text;

use crate::{identity, names};

/// More owners than this of one number are no two spellings of one: the number is printed by many (a template, a host's certificate).
const MOST_OWNERS: usize = 4;

/// What an application shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Who runs it, if that is known.
    pub owner: Option<EntityId>,
    /// Number of its ICP filing, with or without the serial of the site.
    pub icp: Option<String>,
    /// Id of its mark.
    pub mark: Option<String>,
    /// Organisation in the subject of its certificate.
    pub certificate: Option<String>,
}

/// An owner that follows from what an application shares with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The application.
    pub application: EntityId,
    /// Who seems to run it.
    pub owner: EntityId,
    /// Why.
    pub reasons: Vec<Text>,
}

/// What follows from evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Owners of applications that have none.
    pub suggestions: Vec<Suggestion>,
    /// Owners that share a number, and so may be one institution.
    pub doubtful: Vec<Link>,
}

/// A sign that applications share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Icp(String),
    Mark(String),
    Certificate(String),
}

impl Sign {
    fn reason(&self) -> Text {
        match self {
            Self::Icp(number) => text!(zh: "ICP 备案主体相同：{number}", en: "same subject of the ICP filing: {number}"),
            Self::Mark(id) => text!(zh: "网上标识相同：{id}", en: "same official mark: {id}"),
            Self::Certificate(name) => text!(zh: "证书主体相同：{name}", en: "same subject of the certificate: {name}"),
        }
    }
}

fn signs(evidence: &Evidence) -> Vec<Sign> {
    let icp = evidence.icp.as_deref().and_then(identity::icp_subject).map(Sign::Icp);
    let mark = evidence.mark.as_deref().map(str::trim).filter(|id| !id.is_empty());
    let certificate = evidence.certificate.as_deref().map(names::plain).filter(|name| !name.is_empty());
    [icp, mark.map(|id| Sign::Mark(id.to_ascii_uppercase())), certificate.map(Sign::Certificate)].into_iter().flatten().collect()
}

/// Draws the conclusions. The owners in `evidence` are given by the names that stand for them.
pub fn by_evidence(evidence: &BTreeMap<EntityId, Evidence>, at: Timestamp) -> Owners {
    let mut owners: BTreeMap<Sign, BTreeSet<&EntityId>> = BTreeMap::new();
    for shown in evidence.values() {
        for (sign, owner) in signs(shown).into_iter().zip(std::iter::repeat(&shown.owner)) {
            owners.entry(sign).or_default().extend(owner);
        }
    }
    let unowned = evidence.iter().filter(|(_, shown)| shown.owner.is_none());
    Owners {
        suggestions: unowned.filter_map(|(application, shown)| suggest(application, shown, &owners)).collect(),
        doubtful: doubtful(&owners, at),
    }
}

fn suggest(application: &EntityId, shown: &Evidence, owners: &BTreeMap<Sign, BTreeSet<&EntityId>>) -> Option<Suggestion> {
    let mut found: BTreeSet<EntityId> = BTreeSet::new();
    let mut reasons = Vec::new();
    for sign in signs(shown) {
        let known = owners.get(&sign).filter(|known| !known.is_empty());
        match (known, &sign) {
            (Some(known), _) => {
                found.extend(known.iter().map(|owner| (*owner).clone()));
                reasons.push(sign.reason());
            }
            // Nobody with this certificate has an owner: its subject is a name like any other.
            (None, Sign::Certificate(name)) if reasons.is_empty() => {
                found.extend(identity::institution(None, name));
                reasons.push(text!(zh: "证书主体为 {name}", en: "the certificate is {name}'s"));
            }
            _ => {}
        }
    }
    let owner = if found.len() == 1 { found.pop_first()? } else { return None };
    Some(Suggestion { application: application.clone(), owner, reasons })
}

fn doubtful(owners: &BTreeMap<Sign, BTreeSet<&EntityId>>, at: Timestamp) -> Vec<Link> {
    let mut pairs: BTreeMap<(&EntityId, &EntityId), Vec<Text>> = BTreeMap::new();
    // One certificate serves the sites of many on shared platforms, so its subject says nothing of two owners.
    let telling = owners.iter().filter(|(sign, _)| !matches!(sign, Sign::Certificate(_)));
    for (sign, sharing) in telling.filter(|(_, sharing)| sharing.len() <= MOST_OWNERS) {
        let sharing: Vec<&EntityId> = sharing.iter().copied().collect();
        for (place, first) in sharing.iter().enumerate() {
            for second in &sharing[place + 1..] {
                pairs.entry((*second, *first)).or_default().push(sign.reason());
            }
        }
    }
    let link = |((alias, entity), reasons): ((&EntityId, &EntityId), Vec<Text>)| Link {
        alias: alias.clone(),
        entity: entity.clone(),
        sameness: Sameness::Doubtful,
        reasons,
        person: None,
        at,
    };
    pairs.into_iter().map(link).collect()
}

#[cfg(test)]
mod tests {
    use model::ledger::entity::EntityKind;

    use super::*;

    fn site(key: &str) -> EntityId {
        EntityId::new(EntityKind::Site, key)
    }

    fn owner(key: &str) -> Option<EntityId> {
        Some(EntityId::new(EntityKind::Institution, key))
    }

    fn icp(number: &str) -> Evidence {
        Evidence { icp: Some(number.into()), ..Evidence::default() }
    }

    #[test]
    fn sites_of_one_filing_have_one_owner() {
        let evidence = BTreeMap::from([
            (site("a.gov.cn"), Evidence { owner: owner("~甲局"), ..icp("京ICP备05000001号-1") }),
            (site("b.gov.cn"), icp("京ICP备 05000001号－2")),
            (site("c.gov.cn"), icp("京ICP备05000002号-1")),
            (site("d.gov.cn"), Evidence { certificate: Some("丁局".into()), ..Evidence::default() }),
        ]);
        let found = by_evidence(&evidence, Timestamp::UNIX_EPOCH);
        let pairs: Vec<(String, String)> =
            found.suggestions.iter().map(|found| (found.application.key.clone(), found.owner.key.clone())).collect();
        assert_eq!(pairs, [("b.gov.cn".into(), "~甲局".into()), ("d.gov.cn".into(), "~丁局".into())]);
        assert!(found.doubtful.is_empty() && found.suggestions[0].reasons[0].zh.contains("京ICP备05000001号"));
    }

    #[test]
    fn signs_that_contradict_suggest_nothing_and_two_owners_of_a_number_are_doubtful() {
        let evidence = BTreeMap::from([
            (site("a.gov.cn"), Evidence { owner: owner("~甲局"), ..icp("京ICP备05000001号-1") }),
            (site("b.gov.cn"), Evidence { owner: owner("~乙局"), ..icp("京ICP备05000001号-2") }),
            (site("c.gov.cn"), icp("京ICP备05000001号-3")),
        ]);
        let found = by_evidence(&evidence, Timestamp::UNIX_EPOCH);
        assert!(found.suggestions.is_empty());
        let [link] = found.doubtful.as_slice() else { panic!("one pair: {found:?}") };
        assert_eq!(link.sameness, Sameness::Doubtful);
    }
}
