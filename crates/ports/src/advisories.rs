//! The store of the watch: what sources say of vulnerabilities, what subjects consist of, and which findings follow from both.
//!
//! Invariant: what changes leaves a mark in the same transaction, and a mark goes in the transaction that holds what followed from it.
//! So a crash in between loses nothing, and a change that comes while an earlier one is worked off is worked off again.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use model::advisory::{Certainty, Closed, Component, Finding, FindingId, Notice, Product, Reading, Statement};
use model::facts::components::{Shared, SupplierSign};
use model::ledger::source::Source;
use model::subject::SubjectId;

use crate::ledger::Change;
use crate::store::StoreError;

/// A statement in the store. What a source changes is a new statement with a new number: under one number stands one text for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub source: Source,
    /// The delivery that brought it.
    pub delivery: i64,
    /// Since when the source says so.
    pub since: Timestamp,
    /// What it says.
    pub statement: Statement,
}

/// A statement's place in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The number of the statement that is there, or was made; 0 for one that is not there and was not to be made.
    pub id: i64,
    /// How it stands to what the source said before under this name.
    pub change: Change,
}

/// A mark that something has to be worked off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<T> {
    /// What: a name of a vulnerability, or a subject.
    pub of: T,
    /// The mark's number. A later change has a higher one.
    pub number: i64,
}

/// A version of a product that subjects hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hold {
    /// The product.
    pub product: Product,
    /// The version, as it was told.
    pub version: Reading,
}

/// What a subject consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The subject.
    pub subject: SubjectId,
    /// Its components.
    pub components: Vec<Component>,
    /// When they were seen last.
    pub seen: Timestamp,
}

impl Holder {
    /// The versions of products that it holds.
    pub fn holds(&self) -> BTreeSet<Hold> {
        let of = |component: &Component| {
            let version = component.version.clone();
            component.products.clone().into_iter().map(move |product| Hold { product, version: version.clone() })
        };
        self.components.iter().flat_map(of).collect()
    }
}

/// What followed from changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Findings that are there. One that is not open is opened; one that is keeps its time of opening; what is the same costs no write.
    pub found: Vec<Finding>,
    /// Findings that go on under another name of their vulnerability: the old one is taken out and hands on its time of opening. Pairs of
    /// which the second is not there are passed over.
    pub renamed: Vec<(FindingId, FindingId)>,
    /// Findings that ended. Those that are not open are passed over.
    pub closed: Vec<(FindingId, Closed)>,
    /// Marks of names that are worked off. A name that was marked anew since stays marked.
    pub names: Vec<Mark<String>>,
    /// Marks of subjects that are worked off, likewise.
    pub subjects: Vec<Mark<SubjectId>>,
}

/// How many findings a settlement changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Opened, for the first time or again.
    pub opened: u64,
    /// Open before and after.
    pub confirmed: u64,
    /// Closed.
    pub closed: u64,
}

impl std::ops::AddAssign for Moved {
    fn add_assign(&mut self, more: Self) {
        self.opened += more.opened;
        self.confirmed += more.confirmed;
        self.closed += more.closed;
    }
}

/// How far a supplier reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplied {
    /// Subjects with a sign of it.
    pub subjects: u32,
    /// Vulnerabilities with open findings on them, with the number of subjects: most first, then by name.
    pub open: Vec<Shared>,
}

/// A day in the course of a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The day, China Standard Time.
    pub day: Date,
    /// Findings opened on it.
    pub opened: i64,
    /// Findings closed on it.
    pub closed: i64,
}

/// The day of a moment in China Standard Time, by which curves count.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(Offset::constant(8))).date()
}

/// The store of statements, components and findings. What a method has returned from survives a crash. Times are kept to the
/// millisecond. Sources are those of the ledger's store beside it. Subjects come in an order that is the store's own and the same in all
/// lists; pages of findings end with the subject at which `most` is reached, of which they hold everything.
#[async_trait]
pub trait AdvisoryStore: Send + Sync {
    /// How these statements stand to what their source said before. Nothing is written.
    async fn compare_statements(&self, source: &Source, statements: &[Statement]) -> Result<Vec<Noted>, StoreError>;

    /// Takes statements of a delivery, all or nothing; same ones cost no write. The names of what is matched otherwise than before are
    /// marked; a statement that differs in words, scores or times leaves no mark, nor does a new one that names no product, no other name
    /// and no reservation. Of several with one name the last counts; those before it are told as the same.
    async fn put_statements(
        &self,
        source: &Source,
        delivery: i64,
        at: Timestamp,
        statements: &[Statement],
    ) -> Result<Vec<Noted>, StoreError>;

    /// The numbers of a source's statements above `after`, rising, at most `most`. A number is never used again.
    async fn live_statements(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError>;

    /// Takes out these statements, all or nothing, and marks their names; how many there were.
    async fn withdraw_statements(&self, numbers: &[i64]) -> Result<u64, StoreError>;

    /// The statements that bear or list one of these names, by number, each once; of each name at most `most`, those with the lowest
    /// numbers.
    async fn statements_named(&self, names: &[String], most: usize) -> Result<Vec<Stated>, StoreError>;

    /// The names of the statements that call one of these products vulnerable, each once, in the order of bytes.
    async fn names_about(&self, products: &[Product]) -> Result<Vec<String>, StoreError>;

    /// Statements with numbers above `after`, rising, at most `most`.
    async fn page_of_statements(&self, after: i64, most: usize) -> Result<Vec<Stated>, StoreError>;

    /// How many statements each source makes, by the source's number; sources without any are left out.
    async fn statement_counts(&self) -> Result<Vec<(Source, u64)>, StoreError>;

    /// A number that is another one after any statement has changed: what was made of statements is good while it is the same.
    async fn edition(&self) -> Result<i64, StoreError>;

    /// Puts what an equal and successful look found in place of what was known of a subject, and marks the subject when it differs. A look
    /// that is older than the last is told as the same and changes nothing. Whoever could not look, or looked at less, does not call this.
    async fn put_components(&self, subject: &SubjectId, at: Timestamp, components: &[Component]) -> Result<Change, StoreError>;

    /// What these subjects consist of, each once; those that were never looked at are left out.
    async fn components_of(&self, subjects: &[SubjectId]) -> Result<Vec<Holder>, StoreError>;

    /// The versions in which any subject holds these products, ascending, each once.
    async fn held(&self, products: &[Product]) -> Result<Vec<Hold>, StoreError>;

    /// The subjects that hold a version of a product: a page of at most `most`.
    async fn holders(&self, hold: &Hold, after: Option<&SubjectId>, most: usize) -> Result<Vec<SubjectId>, StoreError>;

    /// Puts signs of suppliers in place of what was known of a subject.
    async fn put_suppliers(&self, subject: &SubjectId, signs: &[SupplierSign]) -> Result<(), StoreError>;

    /// The suppliers with the number of their subjects: most subjects first, then by name, at most `most`.
    async fn suppliers(&self, most: usize) -> Result<Vec<(String, u32)>, StoreError>;

    /// How far a supplier reaches, by open findings that are at least so sure.
    async fn supplied(&self, supplier: &str, least: Certainty) -> Result<Supplied, StoreError>;

    /// How many of a supplier's subjects have an open finding of these vulnerabilities that is at least so sure.
    async fn supplied_with(&self, supplier: &str, least: Certainty, vulnerabilities: &[String]) -> Result<u32, StoreError>;

    /// Names that are marked, in the order of their marks, at most `most`.
    async fn pending_names(&self, most: usize) -> Result<Vec<Mark<String>>, StoreError>;

    /// Subjects that are marked, likewise.
    async fn pending_subjects(&self, most: usize) -> Result<Vec<Mark<SubjectId>>, StoreError>;

    /// Writes down what followed and takes away the marks, all or nothing.
    async fn settle(&self, settlement: Settlement) -> Result<Moved, StoreError>;

    /// The findings of a vulnerability by any of these names, a page of about `most` by subject; with `open` those that are open alone. An
    /// open finding is confirmed by every look that finds the same: it comes with the time of its subject's last look.
    async fn findings(
        &self,
        names: &[String],
        open: bool,
        after: Option<&SubjectId>,
        most: usize,
    ) -> Result<Vec<Finding>, StoreError>;

    /// The findings on a subject, by vulnerability.
    async fn findings_on(&self, subject: &SubjectId) -> Result<Vec<Finding>, StoreError>;

    /// A finding.
    async fn finding(&self, id: FindingId) -> Result<Option<Finding>, StoreError>;

    /// Which of these names of vulnerabilities have open findings, in the order given.
    async fn with_open(&self, names: &[String]) -> Result<Vec<String>, StoreError>;

    /// Names of vulnerabilities with open findings and their number, most first, then by name, at most `most`.
    async fn open_vulnerabilities(&self, most: usize) -> Result<Vec<(String, u64)>, StoreError>;

    /// How many findings of a vulnerability, by any of these names, were opened and closed on each day on which some were; by day.
    async fn turns(&self, names: &[String]) -> Result<Vec<Turn>, StoreError>;

    /// Keeps notices, all or nothing.
    async fn put_notices(&self, notices: &[Notice]) -> Result<(), StoreError>;

    /// The notices of a vulnerability by any of these names, oldest first.
    async fn notices(&self, names: &[String]) -> Result<Vec<Notice>, StoreError>;
}
