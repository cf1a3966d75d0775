//! The way of a delivery: rehearsed where it could take something away, then applied.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use ingest::source::input::Input;
use ingest::source::{self, Format, Record, SourceError};
use jiff::Timestamp;
use model::digest::Digest;
use model::ledger::source::{Counts, Delivery, DeliveryState, Mode, Rejected, Source, SourceKind};
use model::text;
use model::text::Text;
use ports::ledger::Change;
use roaring::RoaringTreemap;

use crate::held::digest_of;
use crate::said::Stand;
use crate::settle::Settler;
use crate::stream::{Batch, Piece, Reading};
use crate::{Intake, IntakeError, Offer};

/// Bad rows that are kept with a delivery's record; all are counted.
const MOST_REJECTED: usize = 1_000;
/// How gzip begins (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Claims or statements looked at, and withdrawn, at a time.
const PAGE: usize = 20_000;

/// What reading a delivery to its end has shown.
#[derive(Default)]
struct Tally {
    counts: Counts,
    rejected: Vec<Rejected>,
    /// The claims or statements that it repeats or makes.
    seen: RoaringTreemap,
    /// The applications whose components it tells, as components name them.
    applications: BTreeSet<String>,
    /// Why it could not be read to its end.
    fault: Option<Text>,
}

impl Intake {
    /// Takes a delivery. Its record tells how it ended: taken, held for a person, or refused with the reason.
    ///
    /// # Errors
    /// When the store fails, the file is not there, or data of this kind does not come in files.
    pub async fn deliver(&self, offer: Offer<'_>) -> Result<Delivery, IntakeError> {
        self.deliver_known(offer, digest_of(offer.file)?).await
    }

    /// The same in this format.
    #[cfg(test)]
    pub(crate) async fn deliver_as(&self, format: &'static Format, offer: Offer<'_>) -> Result<Delivery, IntakeError> {
        self.deliver_in(format, offer, digest_of(offer.file)?).await
    }

    /// The same for a file whose digest is known.
    async fn deliver_known(&self, offer: Offer<'_>, digest: Digest) -> Result<Delivery, IntakeError> {
        let format = source::format(offer.kind).ok_or(IntakeError::NoFormat(offer.kind))?;
        self.deliver_in(format, offer, digest).await
    }

    async fn deliver_in(&self, format: &'static Format, offer: Offer<'_>, digest: Digest) -> Result<Delivery, IntakeError> {
        let source = self.store.source(offer.kind, offer.name).await?;
        self.take_up(&source, offer.at).await?;
        let mut delivery = self.open(&source, offer, digest).await?;
        if let Some(fault) = unpack(offer).await? {
            (delivery.state, delivery.reason) = (DeliveryState::Refused, Some(fault));
            return self.close(delivery, Tally::default()).await;
        }
        let fills = !self.live(&source, 0, 1).await?.is_empty();
        // What says nothing yet can lose nothing, and additions take nothing away.
        if offer.kind.mode() == Mode::Whole && fills {
            let rehearsed = self.rehearse(format, &source, offer).await?;
            if !self.may_apply(&mut delivery, &rehearsed).await? {
                if delivery.state == DeliveryState::Held {
                    self.keep(offer.file, digest)?;
                }
                return self.close(delivery, rehearsed).await;
            }
        }
        self.apply(format, delivery, offer, !fills).await
    }

    /// Takes a delivery unless it is byte for byte the one that its source delivered last; `None` then.
    ///
    /// # Errors
    /// As [`deliver`](Self::deliver).
    pub async fn deliver_if_new(&self, offer: Offer<'_>) -> Result<Option<Delivery>, IntakeError> {
        let source = self.store.source(offer.kind, offer.name).await?;
        let last = self.store.deliveries(Some(source.id), 1).await?.into_iter().next();
        let digest = digest_of(offer.file)?;
        if last.is_some_and(|last| last.digest == digest && last.state == DeliveryState::Applied) {
            return Ok(None);
        }
        self.deliver_known(offer, digest).await.map(Some)
    }

    /// Takes what the product itself has seen or derived, as a delivery of a source of its own.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note(&self, kind: SourceKind, name: &str, at: Timestamp, records: Vec<Record>) -> Result<Delivery, IntakeError> {
        let source = self.store.source(kind, name).await?;
        let digest = Digest::of(format!("{kind:?} {name} {at}").as_bytes());
        let id = self.store.open_delivery(&source, name, digest, at).await?;
        let offer = Offer { kind, name, origin: name, file: Path::new(""), at, about: None };
        let delivery = Delivery { id, state: DeliveryState::Applied, ..record(&source, offer, digest) };
        let mut batch = Batch { rows: records.len() as u64, ..Batch::default() };
        for record in records {
            match record {
                Record::Claim(claim) => batch.claims.push(claim),
                Record::Sighting(sighting) => batch.sightings.push(sighting),
                Record::Statement(statement) => batch.statements.push(*statement),
            }
        }
        let (mut settler, mut tally) = (Settler::new(self, &delivery).await?, Tally::default());
        self.take_batch(&delivery, batch, &mut tally, &mut settler).await?;
        settler.resolve(at).await?;
        self.close(delivery, tally).await
    }

    /// What a delivery would change, without changing anything; its record is not kept and has the number 0.
    ///
    /// # Errors
    /// As [`deliver`](Self::deliver).
    pub async fn preview(&self, offer: Offer<'_>) -> Result<Delivery, IntakeError> {
        let format = source::format(offer.kind).ok_or(IntakeError::NoFormat(offer.kind))?;
        let source = self.store.source(offer.kind, offer.name).await?;
        let mut delivery = record(&source, offer, digest_of(offer.file)?);
        let mut tally = self.rehearse(format, &source, offer).await?;
        if offer.kind.mode() == Mode::Whole {
            tally.counts.withdrawn = self.unseen(&source, &tally.seen).await?.len() as u64;
        }
        delivery.state = if tally.fault.is_some() { DeliveryState::Refused } else { DeliveryState::Open };
        Ok(finished(delivery, tally))
    }

    /// Takes a held delivery after all. What it says holds since `at`, when it was released: before, its source said something else.
    ///
    /// # Errors
    /// When it is not held, or as [`deliver`](Self::deliver).
    pub async fn release(&self, id: i64, at: Timestamp) -> Result<Delivery, IntakeError> {
        let delivery = Delivery { at, ..self.held(id).await? };
        let format = source::format(delivery.source.kind).ok_or(IntakeError::NoFormat(delivery.source.kind))?;
        let (file, source, origin) = (self.held_file(delivery.digest), delivery.source.clone(), delivery.origin.clone());
        let offer = Offer { kind: source.kind, name: &source.name, origin: &origin, file: &file, at, about: None };
        let digest = delivery.digest;
        let applied = self.apply(format, delivery, offer, false).await?;
        self.forget(digest);
        Ok(applied)
    }

    /// Decides that a held delivery is not taken.
    ///
    /// # Errors
    /// When it is not held, or the store fails.
    pub async fn discard(&self, id: i64) -> Result<Delivery, IntakeError> {
        let delivery = Delivery { state: DeliveryState::Discarded, ..self.held(id).await? };
        self.store.put_delivery(&delivery).await?;
        self.forget(delivery.digest);
        Ok(delivery)
    }

    async fn held(&self, id: i64) -> Result<Delivery, IntakeError> {
        let delivery = self.store.delivery(id).await?;
        delivery.filter(|delivery| delivery.state == DeliveryState::Held).ok_or(IntakeError::NotHeld(id))
    }

    async fn open(&self, source: &Source, offer: Offer<'_>, digest: Digest) -> Result<Delivery, IntakeError> {
        let id = self.store.open_delivery(source, offer.origin, digest, offer.at).await?;
        Ok(Delivery { id, ..record(source, offer, digest) })
    }

    async fn close(&self, delivery: Delivery, tally: Tally) -> Result<Delivery, IntakeError> {
        let delivery = finished(delivery, tally);
        self.store.put_delivery(&delivery).await?;
        Ok(delivery)
    }

    /// Reads a delivery beside what its source says, writing nothing.
    async fn rehearse(&self, format: &'static Format, source: &Source, offer: Offer<'_>) -> Result<Tally, IntakeError> {
        let (mut pieces, mut tally) = (reading(format, offer).start(), Tally::default());
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Batch(mut batch) => {
                    tally.take_rows(&mut batch);
                    tally.count(&self.compare(source, &batch).await?);
                    // What a sighting would add is not worth a question each: they take nothing away.
                    tally.counts.added += batch.sightings.len() as u64;
                }
                Piece::End(end) => return Ok(tally.ended(end)),
            }
        }
        Err(IntakeError::Stopped)
    }

    /// Whether a rehearsed delivery is to be applied; otherwise its state says what is to become of it.
    async fn may_apply(&self, delivery: &mut Delivery, rehearsed: &Tally) -> Result<bool, IntakeError> {
        if let Some(fault) = &rehearsed.fault {
            (delivery.state, delivery.reason) = (DeliveryState::Refused, Some(fault.clone()));
            return Ok(false);
        }
        let said = rehearsed.counts.changed + rehearsed.counts.unchanged;
        let lost = self.unseen(&delivery.source, &rehearsed.seen).await?.len() as u64;
        let all = said + lost;
        if all >= self.settings.hold_from && lost * 100 > all * self.settings.hold_above_percent {
            delivery.state = DeliveryState::Held;
            delivery.counts.withdrawn = lost;
            delivery.reason = Some(text!(
                zh: "来源现有 {all} 条，本次将撤下其中 {lost} 条，超过阈值，暂不采用，待人工确认",
                en: "the source says {all} things and this delivery would withdraw {lost} of them: held for a person",
            ));
            return Ok(false);
        }
        let nothing = rehearsed.counts.added + rehearsed.counts.changed + lost == 0;
        if nothing {
            delivery.state = DeliveryState::Applied;
        }
        Ok(!nothing)
    }

    /// What a source says and a delivery does not repeat, by number.
    async fn unseen(&self, source: &Source, seen: &RoaringTreemap) -> Result<Vec<i64>, IntakeError> {
        let (mut unseen, mut after) = (Vec::new(), 0);
        loop {
            let page = self.live(source, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(unseen) };
            after = *last;
            unseen.extend(page.into_iter().filter(|id| !seen.contains(id.unsigned_abs())));
        }
    }

    /// What a source said before of the applications of a delivery, and the delivery does not repeat, by number.
    async fn replaced(&self, source: &Source, tally: &Tally) -> Result<Vec<i64>, IntakeError> {
        let mut gone = Vec::new();
        for application in &tally.applications {
            for held in self.store.bill_of(application).await? {
                if held.source == *source && !tally.seen.contains(held.id.unsigned_abs()) {
                    gone.push(held.id);
                }
            }
        }
        Ok(gone)
    }

    /// Takes a delivery in; `first` when its source says nothing yet.
    async fn apply(
        &self,
        format: &'static Format,
        mut delivery: Delivery,
        offer: Offer<'_>,
        first: bool,
    ) -> Result<Delivery, IntakeError> {
        let mut settler = Settler::new(self, &delivery).await?;
        let mut tally = self.take_in(format, &delivery, offer, &mut settler).await?;
        match (delivery.source.kind.mode(), &tally.fault) {
            (Mode::Whole, None) => {
                let gone = self.unseen(&delivery.source, &tally.seen).await?;
                tally.counts.withdrawn = self.withdraw(&delivery, &gone, &mut settler).await?;
            }
            (Mode::Each, None) => {
                let gone = self.replaced(&delivery.source, &tally).await?;
                tally.counts.withdrawn = self.withdraw(&delivery, &gone, &mut settler).await?;
            }
            // Half a whole would be taken for one: the source says what it said before, which was nothing.
            (Mode::Whole, Some(_)) if first => {
                let all = self.unseen(&delivery.source, &RoaringTreemap::new()).await?;
                self.withdraw(&delivery, &all, &mut settler).await?;
            }
            _ => {}
        }
        settler.resolve(offer.at).await?;
        // A whole without a good row is no whole; an addition may well bring nothing. A row that is good may have parts that are not.
        let Counts { rows, rejected, added, changed, unchanged, .. } = tally.counts;
        let whole = delivery.source.kind.mode() == Mode::Whole;
        let empty = added + changed + unchanged == 0 && rejected >= rows && (whole || rows > 0);
        (delivery.state, delivery.reason) = match tally.fault.take() {
            Some(fault) => (DeliveryState::Refused, Some(fault)),
            None if empty => (DeliveryState::Refused, Some(Text::new("没有一行有效", "no row is good"))),
            None => (DeliveryState::Applied, None),
        };
        self.close(delivery, tally).await
    }

    async fn take_in(
        &self,
        format: &'static Format,
        delivery: &Delivery,
        offer: Offer<'_>,
        settler: &mut Settler<'_>,
    ) -> Result<Tally, IntakeError> {
        let (mut pieces, mut tally) = (reading(format, offer).start(), Tally::default());
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Batch(batch) => self.take_batch(delivery, batch, &mut tally, settler).await?,
                Piece::End(end) => return Ok(tally.ended(end)),
            }
        }
        Err(IntakeError::Stopped)
    }

    async fn take_batch(
        &self,
        delivery: &Delivery,
        mut batch: Batch,
        tally: &mut Tally,
        settler: &mut Settler<'_>,
    ) -> Result<(), IntakeError> {
        tally.take_rows(&mut batch);
        if !batch.sightings.is_empty() {
            let sighted = self.store.sight(&delivery.source, &batch.sightings).await?;
            tally.counts.added += sighted.added;
            tally.counts.changed += sighted.changed;
            tally.counts.unchanged += sighted.unchanged;
        }
        tally.count(&self.take(delivery, batch, settler).await?);
        Ok(())
    }

    async fn withdraw(&self, delivery: &Delivery, gone: &[i64], settler: &mut Settler<'_>) -> Result<u64, IntakeError> {
        for page in gone.chunks(PAGE) {
            self.retract(&delivery.source, delivery.at, page, settler).await?;
        }
        Ok(gone.len() as u64)
    }
}

fn reading(format: &'static Format, offer: Offer<'_>) -> Reading {
    let (name, file) = (offer.origin.to_owned(), offer.file.to_owned());
    Reading { format, name, file, at: offer.at, about: offer.about.cloned() }
}

fn record(source: &Source, offer: Offer<'_>, digest: Digest) -> Delivery {
    Delivery {
        id: 0,
        source: source.clone(),
        origin: offer.origin.to_owned(),
        digest,
        at: offer.at,
        state: DeliveryState::Open,
        reason: None,
        counts: Counts::default(),
        rejected: Vec::new(),
    }
}

/// The record of a delivery with what reading it has shown. What was found out about withdrawals before stays.
fn finished(delivery: Delivery, tally: Tally) -> Delivery {
    let withdrawn = tally.counts.withdrawn.max(delivery.counts.withdrawn);
    let reason = delivery.reason.or(tally.fault);
    Delivery { counts: Counts { withdrawn, ..tally.counts }, rejected: tally.rejected, reason, ..delivery }
}

impl Tally {
    fn take_rows(&mut self, batch: &mut Batch) {
        self.counts.rows += batch.rows;
        self.counts.rejected += batch.rejected.len() as u64;
        let room = MOST_REJECTED.saturating_sub(self.rejected.len());
        self.rejected.extend(batch.rejected.drain(..).take(room));
        self.applications.extend(batch.claims.iter().filter_map(|claim| claim.entity.bill()).map(str::to_owned));
    }

    fn count(&mut self, stands: &[Stand]) {
        for (number, change) in stands {
            match change {
                Change::Added => self.counts.added += 1,
                Change::Changed => self.counts.changed += 1,
                Change::Same => self.counts.unchanged += 1,
            }
            self.seen.insert(number.unsigned_abs());
        }
    }

    fn ended(mut self, end: Result<(), SourceError>) -> Self {
        self.fault = end.err().map(|error| fault(&error));
        self
    }
}

/// Unpacks a packed delivery to its end and throws it away: one that breaks off must not be taken by half. What is wrong with it.
async fn unpack(offer: Offer<'_>) -> Result<Option<Text>, IntakeError> {
    let (name, at, path) = (offer.origin.to_owned(), offer.at, offer.file.to_owned());
    let read = move || -> Result<(), SourceError> {
        let io = |source| SourceError::Io { name: name.clone(), source };
        let mut file = File::open(&path).map_err(io)?;
        let mut start = [0; 2];
        let packed = file.read(&mut start).map_err(io)? == 2 && start == GZIP;
        if packed {
            file.rewind().map_err(io)?;
            let mut input = Input::new(&name, at, file)?;
            io::copy(input.stream(), &mut io::sink()).map_err(io)?;
        }
        Ok(())
    };
    let read = tokio::task::spawn_blocking(read).await.map_err(|_| IntakeError::Stopped)?;
    Ok(read.err().map(|error| fault(&error)))
}

/// What is wrong with a delivery, in both languages, without its name.
fn fault(error: &SourceError) -> Text {
    match error {
        SourceError::Stopped(_) => Text::new("导入被中止", "the import was stopped"),
        SourceError::Io { source, .. } if source.kind() == io::ErrorKind::UnexpectedEof => {
            Text::new("文件在中途断开，不完整，请重新获取", "it breaks off before its end: fetch it again")
        }
        SourceError::Io { source, .. } => {
            text!(zh: "无法完整读取，可能已损坏，请重新获取（{source}）", en: "it cannot be read to its end: {source}; fetch it again")
        }
        SourceError::HtmlPage { expected, .. } => text!(
            zh: "是网页而不是数据：服务器返回了错误页或登录页，请检查地址和登录状态后重新获取",
            en: "it is an HTML page, not {expected}: the server answered with an error or log-in page; see the address and fetch it again",
        ),
        SourceError::TooLarge { what, limit, .. } => {
            text!(zh: "超出限制（{limit}），请拆分后重新导入", en: "{what} is over the limit of {limit}: split it")
        }
        SourceError::Unlike { expected, problem, .. } => {
            let (zh, en) = (&problem.zh, &problem.en);
            text!(zh: "内容与该类数据的格式不符：{zh}。格式见 mingcha source formats", en: "it is not {expected}: {en}")
        }
    }
}
