//! Statements that hang together by their names, read out of the store.
//!
//! Invariant: of each name asked for, everything is there that decides what it is called, who speaks of it, and what they say.

use std::collections::{BTreeMap, BTreeSet};

use model::advisory::Statement;
use model::ledger::source::SourceKind;
use model::rule::Severity;
use ports::advisories::{AdvisoryStore, Stated};
use ports::store::StoreError;
use vulns::matching::{Compiled, Key};
use vulns::merge::{Groups, MOST_BEARERS, MOST_JOINED};
use vulns::urgency;

/// Statements read of one name: a CVE has some dozens, a hub can have any number and is not followed.
const MOST_OF_A_NAME: usize = 1_000;
/// Statements read together; those of a few names alone come near it, and they are hostile.
const MOST_TOGETHER: usize = 200_000;

/// Some statements, with all that hangs together with the names they were asked for by.
#[derive(Default)]
pub struct World {
    statements: BTreeMap<Key, Statement>,
    compiled: BTreeMap<Key, Compiled>,
    groups: Groups,
    bearers: BTreeMap<String, BTreeSet<Key>>,
}

/// How grave a vulnerability is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Gravity.
    pub severity: Severity,
    /// It is known to be exploited.
    pub exploited: bool,
}

impl Grade {
    /// Whether it counts when the reach of a supplier is told.
    pub fn is_high(self) -> bool {
        self.exploited || self.severity >= Severity::High
    }
}

impl World {
    /// All that hangs together with these names.
    pub async fn load(store: &dyn AdvisoryStore, names: &[String]) -> Result<Self, StoreError> {
        let mut gathered = Gathered::default();
        gathered.ask(store, names.to_vec()).await?;
        gathered.follow(store).await?;
        // Who speaks of the CVEs that those statements are about, which tells of gravity and of exploitation.
        let cves: BTreeSet<String> = gathered.followed().flat_map(|said| cves(&said.statement)).cloned().collect();
        gathered.ask(store, cves.into_iter().collect()).await?;
        gathered.follow(store).await?;
        Ok(Self::of(gathered.found.into_values().collect()))
    }

    /// Of these statements.
    fn of(stated: Vec<Stated>) -> Self {
        let statements = folded(stated);
        let mut bearers: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
        for (key, statement) in &statements {
            for name in statement.names() {
                bearers.entry(name.to_owned()).or_default().insert(key.clone());
            }
        }
        let says = |(_, statement): &(&Key, &Statement)| !statement.affects.is_empty();
        let compiled = statements.iter().filter(says).map(|(key, statement)| (key.clone(), Compiled::of(statement)));
        Self { compiled: compiled.collect(), groups: Groups::of(statements.values()), bearers, statements }
    }

    /// Which statements speak of what.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The statements, in the order of their keys.
    pub fn statements(&self) -> &BTreeMap<Key, Statement> {
        &self.statements
    }

    /// A statement that says what is vulnerable.
    pub fn compiled(&self, key: &Key) -> Option<&Compiled> {
        self.compiled.get(key)
    }

    /// What those who speak of a vulnerability say.
    pub fn members(&self, chief: &str) -> Vec<&Statement> {
        self.groups.members(chief).iter().filter_map(|key| self.statements.get(key)).collect()
    }

    /// The same, as far as they say what is vulnerable.
    pub fn matchers(&self, chief: &str) -> Vec<&Compiled> {
        self.groups.members(chief).iter().filter_map(|key| self.compiled.get(key)).collect()
    }

    /// Whether anybody still says that something is vulnerable by it.
    pub fn stands(&self, chief: &str) -> bool {
        self.members(chief).iter().any(|statement| statement.standing.is_matched() && !statement.affects.is_empty())
    }

    /// How grave a vulnerability is, from all who speak of it and stand by it.
    pub fn grade(&self, chief: &str) -> Grade {
        let members = self.members(chief).into_iter().filter(|statement| statement.standing.is_matched());
        let members: Vec<&Statement> = members.collect();
        let exploited = members.iter().any(|statement| statement.exploited.is_some());
        Grade { severity: urgency::severity(members), exploited }
    }

    /// The names of vulnerabilities for which something may follow from a change of what bears these names: the names themselves, those
    /// that hang together with them, and the CVEs that they lead to.
    pub fn touched_by(&self, names: &[String]) -> BTreeSet<String> {
        let mut touched: BTreeSet<String> = names.iter().cloned().collect();
        let mut open: Vec<&str> = names.iter().map(String::as_str).filter(|name| !is_cve(name)).collect();
        for statement in names.iter().flat_map(|name| self.bearing(name).filter(move |statement| statement.id == **name)) {
            touched.extend(statement.names().map(str::to_owned));
            open.extend(statement.names().filter(|name| !is_cve(name)));
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name) || self.bearers.get(name).is_some_and(|bearers| bearers.len() > MOST_BEARERS) {
                continue;
            }
            for statement in self.bearing(name) {
                touched.extend(statement.names().map(str::to_owned));
                open.extend(statement.names().filter(|name| !is_cve(name)));
            }
        }
        touched
    }

    fn bearing(&self, name: &str) -> impl Iterator<Item = &Statement> {
        self.bearers.get(name).into_iter().flatten().filter_map(|key| self.statements.get(key))
    }
}

/// What was read so far.
#[derive(Default)]
struct Gathered {
    found: BTreeMap<i64, Stated>,
    /// The names asked for, with the number of their bearers.
    asked: BTreeMap<String, usize>,
}

impl Gathered {
    /// Reads what bears these names.
    async fn ask(&mut self, store: &dyn AdvisoryStore, names: Vec<String>) -> Result<(), StoreError> {
        let new: Vec<String> = names.into_iter().filter(|name| !self.asked.contains_key(name)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let found = store.statements_named(&new, MOST_OF_A_NAME).await?;
        self.asked.extend(new.into_iter().map(|name| (name, 0)));
        for said in found {
            self.found.entry(said.id).or_insert(said);
        }
        self.asked.values_mut().for_each(|bearers| *bearers = 0);
        for name in self.found.values().flat_map(|said| said.statement.names()) {
            if let Some(bearers) = self.asked.get_mut(name) {
                *bearers += 1;
            }
        }
        Ok(())
    }

    /// Follows all names but CVEs from statement to statement, as far as merging does.
    async fn follow(&mut self, store: &dyn AdvisoryStore) -> Result<(), StoreError> {
        for _ in 0..=MOST_JOINED {
            let names = self.followed().flat_map(|said| said.statement.names()).filter(|name| !is_cve(name));
            let open: BTreeSet<String> = names.filter(|name| !self.asked.contains_key(*name)).map(str::to_owned).collect();
            if open.is_empty() {
                return Ok(());
            }
            if self.found.len() > MOST_TOGETHER {
                tracing::warn!(
                    statements = self.found.len(),
                    "too many statements hang together by their names; the rest is left"
                );
                return Ok(());
            }
            self.ask(store, open.into_iter().collect()).await?;
        }
        Ok(())
    }

    /// Statements that bear a name that was asked for and is no hub.
    fn followed(&self) -> impl Iterator<Item = &Stated> {
        let leads = |name: &str| self.asked.get(name).is_some_and(|bearers| is_cve(name) || *bearers <= MOST_BEARERS);
        self.found.values().filter(move |said| said.statement.names().any(leads))
    }
}

fn is_cve(name: &str) -> bool {
    name.starts_with("CVE-")
}

fn cves(statement: &Statement) -> impl Iterator<Item = &String> {
    std::iter::once(&statement.id).chain(&statement.aliases).filter(|name| is_cve(name))
}

/// One statement of each kind and name. Of several deliverers of one kind of data the newest text counts; vendors, who speak each of
/// their own products, are taken together.
fn folded(stated: Vec<Stated>) -> BTreeMap<Key, Statement> {
    let mut by_key: BTreeMap<Key, Vec<Stated>> = BTreeMap::new();
    for said in stated {
        by_key.entry(Key::of(&said.statement)).or_default().push(said);
    }
    let fold = |(key, mut of): (Key, Vec<Stated>)| {
        of.sort_by_key(|said| (said.statement.modified, said.id));
        if key.source == SourceKind::Csaf && of.iter().any(|said| said.statement.standing.is_matched()) {
            of.retain(|said| said.statement.standing.is_matched());
        }
        let mut statement = of.pop()?.statement;
        if key.source == SourceKind::Csaf {
            for said in of {
                statement.affects.extend(said.statement.affects);
                statement.aliases.extend(said.statement.aliases);
            }
        }
        Some((key, statement))
    };
    by_key.into_iter().filter_map(fold).collect()
}
