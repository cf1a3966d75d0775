//! Reading a delivery on a thread of its own, in batches over a bounded channel: a reader that is ahead of the store waits.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;

use ingest::source::input::Input;
use ingest::source::{Format, Record, Sink, SourceError, Stopped};
use jiff::Timestamp;
use model::advisory::Statement;
use model::ledger::claim::{Claim, Sighting};
use model::ledger::entity::EntityId;
use model::ledger::source::Rejected;
use model::text;
use model::text::Text;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Claims and sightings in one batch. Both are written in the order of their keys: the more at once, the fewer pages are written twice.
const CLAIMS: usize = 50_000;
const SIGHTINGS: usize = 200_000;
const STATEMENTS: usize = 5_000;
/// Batches that wait for the store: one is read while another is written.
const WAITING: usize = 1;

/// Some records of a delivery.
#[derive(Debug, Default)]
pub struct Batch {
    /// Claims, each entity and part once in a delivery.
    pub claims: Vec<Claim>,
    /// Sightings.
    pub sightings: Vec<Sighting>,
    /// Statements, each name once in a delivery.
    pub statements: Vec<Statement>,
    /// Rows that were not taken.
    pub rejected: Vec<Rejected>,
    /// Rows read.
    pub rows: u64,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.claims.len() + self.rejected.len() >= CLAIMS
            || self.sightings.len() >= SIGHTINGS
            || self.statements.len() >= STATEMENTS
    }
}

/// What comes over the channel.
pub enum Piece {
    /// A batch.
    Batch(Batch),
    /// The end, and whether the delivery could be read to it.
    End(Result<(), SourceError>),
}

/// A delivery to be read.
pub struct Reading {
    /// Its format.
    pub format: &'static Format,
    /// Its name, for messages.
    pub name: String,
    /// Its bytes.
    pub file: PathBuf,
    /// When it was delivered.
    pub at: Timestamp,
    /// What it speaks of as a whole.
    pub about: Option<EntityId>,
}

impl Reading {
    /// Begins to read.
    pub fn start(self) -> Receiver<Piece> {
        let (pieces, receiver) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let mut gather = Gather::new(pieces);
            let end = self.read(&mut gather);
            gather.finish(end);
        });
        receiver
    }

    fn read(&self, gather: &mut Gather) -> Result<(), SourceError> {
        let io = |source| SourceError::Io { name: self.name.clone(), source };
        let file = File::open(&self.file).map_err(io)?;
        let mut input = Input::new(&self.name, self.at, file)?;
        input.about = self.about.clone();
        (self.format.read)(&mut input, gather)
    }
}

/// Fills batches. Of rows that say different things of one entity or vulnerability the first is taken: were it the last, each import would change the
/// first and then change it back.
struct Gather {
    pieces: Sender<Piece>,
    batch: Batch,
    /// What was said, by hash of entity and part: the hash of the words and the line.
    said: HashMap<u64, (u32, u32)>,
    /// Names of statements that came, by hash.
    stated: HashSet<u64>,
    /// Rows of the batches before.
    rows: u64,
    hashes: RandomState,
}

impl Gather {
    fn new(pieces: Sender<Piece>) -> Self {
        Self {
            pieces,
            batch: Batch::default(),
            said: HashMap::new(),
            stated: HashSet::new(),
            rows: 0,
            hashes: RandomState::new(),
        }
    }

    fn send_when_full(&mut self) -> Result<(), Stopped> {
        if self.batch.is_full() { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Stopped> {
        let batch = std::mem::take(&mut self.batch);
        self.rows += batch.rows;
        self.pieces.blocking_send(Piece::Batch(batch)).map_err(|_| Stopped)
    }

    fn finish(mut self, end: Result<(), SourceError>) {
        // A receiver that is gone wants neither.
        if self.send().is_ok() {
            let _ = self.pieces.blocking_send(Piece::End(end));
        }
    }

    /// Whether a claim is the first of its entity and part, and if not, the line that came before when it said something else.
    fn is_first(&mut self, claim: &Claim) -> Result<bool, u32> {
        let words = self.hashes.hash_one(&claim.says) as u32;
        let line = u32::try_from(claim.line).unwrap_or(u32::MAX);
        match self.said.entry(self.hashes.hash_one((claim.entity.kind.prefix(), &claim.entity.key, &claim.part))) {
            Entry::Vacant(place) => {
                place.insert((words, line));
                Ok(true)
            }
            Entry::Occupied(before) if before.get().0 == words => Ok(false),
            Entry::Occupied(before) => Err(before.get().1),
        }
    }
}

impl Sink for Gather {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        match record {
            Record::Sighting(sighting) => self.batch.sightings.push(sighting),
            Record::Statement(statement) if self.stated.insert(self.hashes.hash_one(&statement.id)) => {
                self.batch.statements.push(*statement);
            }
            Record::Statement(statement) => self.batch.rejected.push(Rejected {
                line: self.rows + self.batch.rows,
                column: None,
                value: statement.id,
                reason: Text::new("同一编号已出现，采用第一条", "the same number came before; the first is taken"),
            }),
            Record::Claim(claim) => match self.is_first(&claim) {
                Ok(true) => self.batch.claims.push(claim),
                Ok(false) => {}
                Err(before) => self.batch.rejected.push(Rejected {
                    line: claim.line,
                    column: None,
                    value: claim.entity.to_string(),
                    reason: text!(
                        zh: "与第 {before} 行重复且内容不同，采用第 {before} 行",
                        en: "line {before} says something else of the same; line {before} is taken",
                    ),
                }),
            },
        }
        self.send_when_full()
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped> {
        self.batch.rejected.push(rejected);
        self.send_when_full()
    }

    fn row(&mut self) {
        self.batch.rows += 1;
    }
}
