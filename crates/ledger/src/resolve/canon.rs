//! Reading links: which name stands for which.

use std::collections::{BTreeMap, BTreeSet};

use model::ledger::claim::{Link, Sameness};
use model::ledger::entity::EntityId;

/// The longest chain of links that is followed.
const DEEPEST: usize = 64;

/// Names and what stands for them, by the links that say "same". A person's link goes before the program's.
#[derive(Clone, Debug, Default)]
pub struct Canon {
    above: BTreeMap<EntityId, EntityId>,
}

impl Canon {
    /// Reads links, in any order.
    pub fn new(links: &[Link]) -> Self {
        let mut same: Vec<&Link> = links.iter().filter(|link| link.sameness == Sameness::Same).collect();
        same.sort_unstable_by_key(|link| (link.person.is_none(), &link.alias, &link.entity));
        // What a person holds apart is not joined by an older link of the program.
        let apart: BTreeSet<(&EntityId, &EntityId)> = links
            .iter()
            .filter(|link| link.person.is_some() && link.sameness != Sameness::Same)
            .flat_map(|link| [(&link.alias, &link.entity), (&link.entity, &link.alias)])
            .collect();
        let mut canon = Self::default();
        for link in same {
            let (alias, entity) = (&link.alias, &link.entity);
            let held_apart = link.person.is_none() && apart.contains(&(alias, entity));
            // The first link of an alias counts, and none may close a circle.
            if !held_apart && !canon.above.contains_key(alias) && canon.entity(entity) != alias {
                canon.above.insert(alias.clone(), entity.clone());
            }
        }
        canon
    }

    /// The name that stands for this one; itself where none does.
    pub fn entity<'a>(&'a self, name: &'a EntityId) -> &'a EntityId {
        let mut at = name;
        for _ in 0..DEEPEST {
            match self.above.get(at) {
                Some(above) => at = above,
                None => break,
            }
        }
        at
    }

    /// All names that have another standing for them, with that one.
    pub fn aliases(&self) -> impl Iterator<Item = (&EntityId, &EntityId)> {
        self.above.keys().map(|alias| (alias, self.entity(alias)))
    }
}
