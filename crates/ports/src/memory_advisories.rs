//! The watch's store in memory: for tests, and for a check that leaves nothing behind.
//!
//! Invariant: it answers as the durable adapters do, and is the plainest thing that does, so that they can be tested against it. A
//! clone is a second handle on the same content.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use model::advisory::{Certainty, Closed, Component, Finding, FindingId, Notice, Product, Statement};
use model::facts::components::{Shared, SupplierSign};
use model::ledger::source::Source;
use model::subject::SubjectId;

use crate::advisories::{AdvisoryStore, Hold, Holder, Mark, Moved, Noted, Settlement, Stated, Supplied, Turn, day_of};
use crate::ledger::Change;
use crate::store::StoreError;

/// An [`AdvisoryStore`] in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryAdvisories {
    state: Arc<Mutex<State>>,
}

/// Subjects are held in their written form, whose order is that of the lists.
#[derive(Debug, Default)]
struct State {
    statements: BTreeMap<i64, Stated>,
    /// The last number given to a statement, and to a mark.
    numbered: i64,
    marked: i64,
    edition: i64,
    holders: BTreeMap<String, Holder>,
    signs: BTreeMap<String, Vec<SupplierSign>>,
    pending_names: BTreeMap<String, i64>,
    pending_subjects: BTreeMap<String, i64>,
    findings: BTreeMap<FindingId, Finding>,
    /// Opened and closed by vulnerability and day.
    turns: BTreeMap<(String, Date), (i64, i64)>,
    notices: Vec<Notice>,
}

impl MemoryAdvisories {
    /// Nothing that can panic runs under the lock, so a poisoned one still guards whole content.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn said(&self, source: &Source, name: &str) -> Option<&Stated> {
        self.statements.values().find(|said| said.source.id == source.id && said.statement.id == name)
    }

    fn compare(&self, source: &Source, statements: &[Statement]) -> Vec<Noted> {
        let last: BTreeMap<&str, usize> = statements.iter().enumerate().map(|(at, given)| (given.id.as_str(), at)).collect();
        let compare = |(at, given): (usize, &Statement)| {
            let known = self.said(source, &given.id);
            let change = match known {
                _ if last.get(given.id.as_str()) != Some(&at) => Change::Same,
                None => Change::Added,
                Some(known) if known.statement == *given => Change::Same,
                Some(_) => Change::Changed,
            };
            Noted { id: known.map_or(0, |known| known.id), change }
        };
        statements.iter().enumerate().map(compare).collect()
    }

    fn mark<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for name in names {
            self.marked += 1;
            self.pending_names.insert(name.to_owned(), self.marked);
        }
    }

    /// Puts a statement in place of what the source said before.
    fn put(&mut self, before: i64, said: Stated) {
        let before = self.statements.remove(&before).map(|before| before.statement);
        let now = &said.statement;
        match &before {
            Some(before) if before.matches_like(now) => {}
            Some(before) => {
                let left = before.aliases.iter().filter(|alias| !now.aliases.contains(alias));
                self.mark(std::iter::once(&now.id).chain(left).map(String::as_str));
            }
            None if now.affects.is_empty() && now.aliases.is_empty() && now.standing.is_live() => {}
            None => self.mark(std::iter::once(now.id.as_str())),
        }
        self.statements.insert(said.id, said);
    }

    fn seen(&self, subject: &SubjectId) -> Option<Timestamp> {
        self.holders.get(&subject.to_string()).map(|holder| holder.seen)
    }

    /// A finding as it is told: open ones are confirmed by the last look.
    fn told(&self, finding: &Finding) -> Finding {
        let seen = self.seen(&finding.subject).filter(|_| finding.closed.is_none());
        Finding { confirmed: seen.map_or(finding.confirmed, |seen| seen.max(finding.confirmed)), ..finding.clone() }
    }

    fn turn(&mut self, vulnerability: &str, at: Timestamp, opened: i64, closed: i64) {
        let turn = self.turns.entry((vulnerability.to_owned(), day_of(at))).or_default();
        *turn = (turn.0 + opened, turn.1 + closed);
    }

    fn find(&mut self, finding: Finding) -> bool {
        let mut finding = Finding { opened: cut(finding.opened), confirmed: cut(finding.confirmed), ..finding };
        let open = self.findings.get(&finding.id()).filter(|known| known.closed.is_none()).map(|known| known.opened);
        match open {
            Some(opened) => finding.opened = opened,
            None => self.turn(&finding.vulnerability, finding.opened, 1, 0),
        }
        self.findings.insert(finding.id(), finding);
        open.is_none()
    }

    fn rename(&mut self, from: FindingId, to: FindingId) {
        let Some(opened) = self.findings.get(&to).map(|finding| finding.opened) else { return };
        let Some(before) = self.findings.remove(&from) else { return };
        let mut counted = None;
        if let Some(finding) = self.findings.get_mut(&to).filter(|_| before.closed.is_none()) {
            finding.opened = opened.min(before.opened);
            counted = Some(finding.vulnerability.clone());
        }
        // It was opened under its old name already.
        if let Some(vulnerability) = counted {
            self.turn(&vulnerability, opened, -1, 0);
        }
    }

    fn close(&mut self, id: FindingId, closed: Closed) -> bool {
        let Some(finding) = self.findings.get_mut(&id).filter(|finding| finding.closed.is_none()) else { return false };
        let (vulnerability, at) = (finding.vulnerability.clone(), cut(closed.at));
        finding.closed = Some(Closed { at, ..closed });
        self.turn(&vulnerability, at, 0, 1);
        true
    }

    /// Open findings on a supplier's subjects.
    fn open_at<'s>(&'s self, supplier: &'s str, least: Certainty) -> impl Iterator<Item = &'s Finding> {
        let open = self.findings.values().filter(move |finding| finding.closed.is_none() && finding.certainty >= least);
        open.filter(move |finding| self.is_supplied(&finding.subject.to_string(), supplier))
    }

    fn is_supplied(&self, subject: &str, supplier: &str) -> bool {
        self.signs.get(subject).is_some_and(|signs| signs.iter().any(|sign| sign.name == supplier))
    }
}

#[async_trait]
impl AdvisoryStore for MemoryAdvisories {
    async fn compare_statements(&self, source: &Source, statements: &[Statement]) -> Result<Vec<Noted>, StoreError> {
        Ok(self.state().compare(source, statements))
    }

    async fn put_statements(
        &self,
        source: &Source,
        delivery: i64,
        at: Timestamp,
        statements: &[Statement],
    ) -> Result<Vec<Noted>, StoreError> {
        let mut state = self.state();
        let mut noted = state.compare(source, statements);
        for (statement, noted) in statements.iter().zip(&mut noted).filter(|(_, noted)| noted.change != Change::Same) {
            let before = noted.id;
            state.numbered += 1;
            state.edition += 1;
            noted.id = state.numbered;
            let (source, statement) = (source.clone(), statement.clone());
            state.put(before, Stated { id: noted.id, source, delivery, since: cut(at), statement });
        }
        // Of several with one name all are told the number of the one that counts.
        for (statement, noted) in statements.iter().zip(&mut noted) {
            noted.id = state.said(source, &statement.id).map_or(0, |said| said.id);
        }
        Ok(noted)
    }

    async fn live_statements(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError> {
        let state = self.state();
        let of_source = state.statements.values().filter(|said| said.source.id == source.id && said.id > after);
        Ok(of_source.take(most).map(|said| said.id).collect())
    }

    async fn withdraw_statements(&self, numbers: &[i64]) -> Result<u64, StoreError> {
        let mut state = self.state();
        let gone: Vec<Statement> =
            numbers.iter().filter_map(|number| state.statements.remove(number)).map(|said| said.statement).collect();
        for statement in &gone {
            state.edition += 1;
            state.mark(statement.names());
        }
        Ok(gone.len() as u64)
    }

    async fn statements_named(&self, names: &[String], most: usize) -> Result<Vec<Stated>, StoreError> {
        let state = self.state();
        let bearing = |name: &str| {
            let bearing = state.statements.values().filter(|said| said.statement.names().any(|borne| borne == name));
            bearing.take(most).map(|said| said.id).collect::<Vec<_>>()
        };
        let found: BTreeSet<i64> = names.iter().flat_map(|name| bearing(name)).collect();
        Ok(found.iter().filter_map(|id| state.statements.get(id)).cloned().collect())
    }

    async fn names_about(&self, products: &[Product]) -> Result<Vec<String>, StoreError> {
        let state = self.state();
        let about = |said: &&Stated| products.iter().any(|product| said.statement.products().contains(product));
        let names: BTreeSet<&String> = state.statements.values().filter(about).map(|said| &said.statement.id).collect();
        Ok(names.into_iter().cloned().collect())
    }

    async fn page_of_statements(&self, after: i64, most: usize) -> Result<Vec<Stated>, StoreError> {
        let state = self.state();
        Ok(state.statements.values().filter(|said| said.id > after).take(most).cloned().collect())
    }

    async fn statement_counts(&self) -> Result<Vec<(Source, u64)>, StoreError> {
        let state = self.state();
        let mut counts: BTreeMap<&Source, u64> = BTreeMap::new();
        for said in state.statements.values() {
            *counts.entry(&said.source).or_default() += 1;
        }
        Ok(counts.into_iter().map(|(source, count)| (source.clone(), count)).collect())
    }

    async fn edition(&self) -> Result<i64, StoreError> {
        Ok(self.state().edition)
    }

    async fn put_components(&self, subject: &SubjectId, at: Timestamp, components: &[Component]) -> Result<Change, StoreError> {
        let (mut state, name, at) = (self.state(), subject.to_string(), cut(at));
        let holder = Holder { subject: subject.clone(), components: components.to_vec(), seen: at };
        let change = match state.holders.get_mut(&name) {
            Some(known) if known.seen > at => return Ok(Change::Same),
            Some(known) if known.components == components => {
                known.seen = at;
                return Ok(Change::Same);
            }
            Some(_) => Change::Changed,
            None => Change::Added,
        };
        state.holders.insert(name.clone(), holder);
        state.marked += 1;
        let mark = state.marked;
        state.pending_subjects.insert(name, mark);
        Ok(change)
    }

    async fn components_of(&self, subjects: &[SubjectId]) -> Result<Vec<Holder>, StoreError> {
        let state = self.state();
        let names: BTreeSet<String> = subjects.iter().map(ToString::to_string).collect();
        Ok(names.iter().filter_map(|name| state.holders.get(name)).cloned().collect())
    }

    async fn held(&self, products: &[Product]) -> Result<Vec<Hold>, StoreError> {
        let state = self.state();
        let held: BTreeSet<Hold> = state.holders.values().flat_map(Holder::holds).collect();
        Ok(held.into_iter().filter(|hold| products.contains(&hold.product)).collect())
    }

    async fn holders(&self, hold: &Hold, after: Option<&SubjectId>, most: usize) -> Result<Vec<SubjectId>, StoreError> {
        let state = self.state();
        let later = state.holders.iter().filter(|(name, _)| is_after(name, after)).map(|(_, holder)| holder);
        let holders = later.filter(|holder| holder.holds().contains(hold)).take(most);
        Ok(holders.map(|holder| holder.subject.clone()).collect())
    }

    async fn put_suppliers(&self, subject: &SubjectId, signs: &[SupplierSign]) -> Result<(), StoreError> {
        self.state().signs.insert(subject.to_string(), signs.to_vec());
        Ok(())
    }

    async fn suppliers(&self, most: usize) -> Result<Vec<(String, u32)>, StoreError> {
        let state = self.state();
        let names = state.signs.values().flat_map(|signs| signs.iter().map(|sign| &sign.name).collect::<BTreeSet<_>>());
        Ok(most_first(names.cloned()).into_iter().take(most).collect())
    }

    async fn supplied(&self, supplier: &str, least: Certainty) -> Result<Supplied, StoreError> {
        let state = self.state();
        let subjects = state.signs.keys().filter(|subject| state.is_supplied(subject, supplier)).count();
        let pairs: BTreeSet<_> =
            state.open_at(supplier, least).map(|finding| (&finding.vulnerability, &finding.subject)).collect();
        let open = most_first(pairs.into_iter().map(|(vulnerability, _)| vulnerability.clone()));
        let shared = |(vulnerability, subjects)| Shared { vulnerability, subjects };
        Ok(Supplied { subjects: count(subjects), open: open.into_iter().map(shared).collect() })
    }

    async fn supplied_with(&self, supplier: &str, least: Certainty, vulnerabilities: &[String]) -> Result<u32, StoreError> {
        let state = self.state();
        let with = state.open_at(supplier, least).filter(|finding| vulnerabilities.contains(&finding.vulnerability));
        Ok(count(with.map(|finding| &finding.subject).collect::<BTreeSet<_>>().len()))
    }

    async fn pending_names(&self, most: usize) -> Result<Vec<Mark<String>>, StoreError> {
        let state = self.state();
        let marks = state.pending_names.iter().map(|(name, number)| Mark { of: name.clone(), number: *number });
        Ok(in_order(marks, most))
    }

    async fn pending_subjects(&self, most: usize) -> Result<Vec<Mark<SubjectId>>, StoreError> {
        let state = self.state();
        let mark = |(name, number): (&String, &i64)| Some(Mark { of: name.parse().ok()?, number: *number });
        Ok(in_order(state.pending_subjects.iter().filter_map(mark), most))
    }

    async fn settle(&self, settlement: Settlement) -> Result<Moved, StoreError> {
        let (mut state, mut moved) = (self.state(), Moved::default());
        for finding in settlement.found {
            let opened = state.find(finding);
            moved += Moved { opened: opened.into(), confirmed: (!opened).into(), closed: 0 };
        }
        for (from, to) in settlement.renamed {
            state.rename(from, to);
        }
        for (id, closed) in settlement.closed {
            moved.closed += u64::from(state.close(id, closed));
        }
        for mark in settlement.names {
            state.pending_names.retain(|name, number| *name != mark.of || *number != mark.number);
        }
        for mark in settlement.subjects {
            let subject = mark.of.to_string();
            state.pending_subjects.retain(|name, number| *name != subject || *number != mark.number);
        }
        Ok(moved)
    }

    async fn findings(
        &self,
        names: &[String],
        open: bool,
        after: Option<&SubjectId>,
        most: usize,
    ) -> Result<Vec<Finding>, StoreError> {
        let state = self.state();
        let wanted = |finding: &&Finding| {
            names.contains(&finding.vulnerability)
                && !(open && finding.closed.is_some())
                && is_after(&finding.subject.to_string(), after)
        };
        let mut page: Vec<Finding> = state.findings.values().filter(wanted).map(|finding| state.told(finding)).collect();
        page.sort_by_cached_key(|finding| (finding.subject.to_string(), finding.id()));
        if let Some(last) = most.checked_sub(1).and_then(|last| page.get(last)).map(|last| last.subject.to_string()) {
            page.retain(|finding| finding.subject.to_string() <= last);
        }
        Ok(page)
    }

    async fn findings_on(&self, subject: &SubjectId) -> Result<Vec<Finding>, StoreError> {
        let state = self.state();
        let on = state.findings.values().filter(|finding| finding.subject == *subject);
        let mut found: Vec<Finding> = on.map(|finding| state.told(finding)).collect();
        found.sort_by_cached_key(|finding| (finding.vulnerability.clone(), finding.id()));
        Ok(found)
    }

    async fn finding(&self, id: FindingId) -> Result<Option<Finding>, StoreError> {
        let state = self.state();
        Ok(state.findings.get(&id).map(|finding| state.told(finding)))
    }

    async fn with_open(&self, names: &[String]) -> Result<Vec<String>, StoreError> {
        let state = self.state();
        let open = state.findings.values().filter(|finding| finding.closed.is_none());
        let open: BTreeSet<&String> = open.map(|finding| &finding.vulnerability).collect();
        Ok(names.iter().filter(|name| open.contains(name)).cloned().collect())
    }

    async fn open_vulnerabilities(&self, most: usize) -> Result<Vec<(String, u64)>, StoreError> {
        let state = self.state();
        let open = state.findings.values().filter(|finding| finding.closed.is_none());
        let counted = most_first(open.map(|finding| finding.vulnerability.clone()));
        Ok(counted.into_iter().take(most).map(|(name, count)| (name, count.into())).collect())
    }

    async fn turns(&self, names: &[String]) -> Result<Vec<Turn>, StoreError> {
        let state = self.state();
        let mut days: BTreeMap<Date, Turn> = BTreeMap::new();
        for ((_, day), (opened, closed)) in state.turns.iter().filter(|((name, _), _)| names.contains(name)) {
            let turn = days.entry(*day).or_insert(Turn { day: *day, opened: 0, closed: 0 });
            (turn.opened, turn.closed) = (turn.opened + opened, turn.closed + closed);
        }
        Ok(days.into_values().filter(|turn| turn.opened != 0 || turn.closed != 0).collect())
    }

    async fn put_notices(&self, notices: &[Notice]) -> Result<(), StoreError> {
        self.state().notices.extend(notices.iter().map(|notice| Notice { at: cut(notice.at), ..notice.clone() }));
        Ok(())
    }

    async fn notices(&self, names: &[String]) -> Result<Vec<Notice>, StoreError> {
        let state = self.state();
        Ok(state.notices.iter().filter(|notice| names.contains(&notice.vulnerability)).cloned().collect())
    }
}

/// Whether a subject in its written form comes after another.
fn is_after(name: &str, after: Option<&SubjectId>) -> bool {
    after.is_none_or(|after| *name > *after.to_string())
}

/// Marks by their numbers.
fn in_order<T>(marks: impl Iterator<Item = Mark<T>>, most: usize) -> Vec<Mark<T>> {
    let mut marks: Vec<Mark<T>> = marks.collect();
    marks.sort_by_key(|mark| mark.number);
    marks.truncate(most);
    marks
}

/// How often each name comes: most first, then by name.
fn most_first(names: impl Iterator<Item = String>) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn cut(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::LedgerStore;
    use crate::memory_ledger::MemoryLedger;

    crate::advisory_suite!(|| {
        let (ledger, advisories) = (MemoryLedger::default(), MemoryAdvisories::default());
        move || {
            let ledger: Arc<dyn LedgerStore> = Arc::new(ledger.clone());
            (ledger, Arc::new(advisories.clone()) as Arc<dyn AdvisoryStore>)
        }
    });
}
