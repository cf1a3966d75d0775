//! Lists of platforms: filed app distribution platforms, assessed clouds.

use std::collections::BTreeMap;

use model::facts::extracts::{CloudAssessments, FiledPlatforms, ListedName};
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Held;
use model::ledger::source::SourceKind;
use model::plain_name::plain;

use super::{Delivered, Told, as_of, day, list, of_kinds, text};

/// The list of filed platforms as a whole, out of all claims about platforms; `None` when no list was delivered.
pub fn platforms(about: &[Held], delivered: &Delivered) -> Option<Told<FiledPlatforms>> {
    let kinds = [SourceKind::Platforms];
    let (platforms, at) = listed(about, &kinds, delivered)?;
    Some(Told { fact: FiledPlatforms { as_of: as_of(at), platforms }, at })
}

/// The assessed clouds that have to do with the providers, out of all claims about clouds; `None` when no list was delivered.
pub fn clouds(providers: &[String], about: &[Held], delivered: &Delivered) -> Option<Told<CloudAssessments>> {
    let kinds = [SourceKind::Clouds];
    let (platforms, at) = listed(about, &kinds, delivered)?;
    let wanted: Vec<String> = providers.iter().map(|name| plain(name)).filter(|name| !name.is_empty()).collect();
    let concerns = |platform: &ListedName| {
        let operators = [&platform.operator].into_iter().chain(&platform.providers).map(String::as_str);
        let names: Vec<String> = platform.names().chain(operators).map(plain).collect();
        let related = |name: &String| {
            !name.is_empty() && wanted.iter().any(|one| one.contains(name.as_str()) || name.contains(one.as_str()))
        };
        names.iter().any(related)
    };
    let platforms = platforms.into_iter().filter(concerns).collect();
    Some(Told { fact: CloudAssessments { as_of: as_of(at), providers: providers.to_vec(), platforms }, at })
}

fn listed(about: &[Held], kinds: &[SourceKind], delivered: &Delivered) -> Option<(Vec<ListedName>, jiff::Timestamp)> {
    let said: Vec<&Held> = of_kinds(about, kinds).collect();
    let at = delivered.rests_on(kinds, said.iter().copied())?;
    let entries: BTreeMap<(String, i64), ListedName> = said.into_iter().map(|held| ((name(held), held.id), read(held))).collect();
    Some((entries.into_values().collect(), at))
}

fn name(held: &Held) -> String {
    let name = text(&held.claim.says, A::Name);
    if name.is_empty() { held.claim.entity.key.clone() } else { name }
}

fn read(held: &Held) -> ListedName {
    let says = &held.claim.says;
    let mut domains = list(says, A::Domains);
    let key = &held.claim.entity.key;
    // Some platforms are listed by their domain.
    if readers::names::host(key).is_some_and(|host| host.registrable.as_ref() == Some(key)) && !domains.contains(key) {
        domains.push(key.clone());
    }
    ListedName {
        name: name(held),
        aliases: list(says, A::Aliases),
        operator: text(says, A::Operator),
        providers: list(says, A::Provider),
        domains,
        issued_on: day(says, A::IssuedOn),
        valid_until: day(says, A::ValidUntil),
        validity: text(says, A::Validity),
    }
}
