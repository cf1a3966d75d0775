//! Who holds a domain: answers of RDAP and WHOIS.

pub mod rdap;
#[cfg(test)]
mod tests;
pub mod whois;

use model::ledger::attribute::Attribute;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::text::Text;

use crate::source::rows::{Rows, put};
use crate::source::times::day;
use crate::source::{Stopped, assets};

/// What a registry says of one domain, as it is gathered.
#[derive(Default)]
struct Registration {
    domain: String,
    registrant: String,
    registrar: String,
    /// Status words (RFC 8056).
    states: Vec<String>,
    servers: Vec<String>,
    /// Days as the registry writes them, by attribute.
    days: Vec<(Attribute, String)>,
}

/// The most status words and name servers that are kept.
const MOST: usize = 50;

impl Registration {
    /// Claims what is said of the domain; a day that cannot be read is reported and the rest is taken.
    fn hand_on(mut self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let Some(name) = assets::name(&self.domain) else { return rows.no_host("domain", &self.domain) };
        let mut says = Says::new();
        if !is_withheld(&self.registrant) {
            put(&mut says, Attribute::Registrant, &self.registrant);
        }
        put(&mut says, Attribute::Registrar, &self.registrar);
        for (attribute, text) in &self.days {
            match day(text) {
                Some(day) => put(&mut says, *attribute, &day.to_string()),
                None => rows.reject(Some(attribute.word()), text, Text::new("日期无法识别", "the date cannot be read"))?,
            }
        }
        let mut servers: Vec<String> = self.servers.iter().filter_map(|server| assets::name(server)).collect();
        for (attribute, list) in [(Attribute::RegistrationStatus, &mut self.states), (Attribute::NameServers, &mut servers)] {
            list.sort_unstable();
            list.dedup();
            list.truncate(MOST);
            put(&mut says, attribute, &list.join(";"));
        }
        if says.is_empty() {
            let reason = Text::new("没有任何登记信息", "nothing is said of its registration");
            return rows.reject(None, &name, reason);
        }
        rows.claim(EntityId::new(EntityKind::Domain, name), "", says)
    }
}

/// Whether a registry writes that it does not say: that is no name of a holder.
fn is_withheld(registrant: &str) -> bool {
    let words = registrant.to_ascii_lowercase();
    ["redacted", "not disclosed", "data protected", "statutory masking"].iter().any(|sign| words.starts_with(sign))
}

/// A status as RFC 8056 names it in RDAP; EPP writes it in one word, WHOIS with a link behind it.
fn status(text: &str) -> String {
    let word = text.trim();
    let word = word.split_once(' ').filter(|(_, rest)| rest.trim_start().starts_with(['h', '('])).map_or(word, |(word, _)| word);
    match word {
        "ok" => "active".to_owned(),
        _ if word.contains(' ') => word.to_lowercase(),
        _ => {
            let mut spaced = String::with_capacity(word.len() + 4);
            for character in word.chars() {
                if character.is_uppercase() && !spaced.is_empty() {
                    spaced.push(' ');
                }
                spaced.extend(character.to_lowercase());
            }
            spaced
        }
    }
}
