//! Evidence as blocks that any page can lay out: fields, tables and pictures, by kind of observation.
//!
//! Invariant: bounded. A hostile page can fill neither a table nor a cell without end.

mod active;
mod components;
mod extracts;
mod mapping;
mod names;
mod page;
pub(crate) mod picture;
mod register;
mod web;

use model::facts::Payload;
use model::text::{Label, Lang};

use crate::clean::shortened;
use picture::{Figure, Gallery};

/// Rows of a table that are shown at most.
const ROWS: usize = 24;
/// Characters of a cell that are shown at most.
const CELL: usize = 280;

/// A part of a piece of evidence.
#[derive(Debug)]
pub(crate) enum Block {
    /// Names with values.
    Fields(Vec<(&'static str, String)>),
    /// A table.
    Rows(Rows),
    /// A picture.
    Figure(Figure),
}

/// A table; the rows that are too many are counted in `more`.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) caption: &'static str,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) more: usize,
}

/// Collects the blocks of one payload in one language.
pub(crate) struct Blocks<'a> {
    lang: Lang,
    gallery: &'a Gallery<'a>,
    done: Vec<Block>,
    fields: Vec<(&'static str, String)>,
}

/// The blocks of a payload.
pub(crate) fn blocks(payload: &Payload, gallery: &Gallery<'_>, lang: Lang) -> Vec<Block> {
    let mut blocks = Blocks { lang, gallery, done: Vec::new(), fields: Vec::new() };
    match payload {
        Payload::Register(register) => register::register(&mut blocks, register),
        Payload::Estate(estate) => register::estate(&mut blocks, estate),
        Payload::HostDns(dns) => names::host(&mut blocks, dns),
        Payload::ZoneDns(dns) => names::zone(&mut blocks, dns),
        Payload::MailDns(dns) => names::mail(&mut blocks, dns),
        Payload::PlainVisit(visit) => web::visit(&mut blocks, &visit.0),
        Payload::SecureVisit(visit) => web::visit(&mut blocks, &visit.0),
        Payload::TlsHandshake(handshake) => web::handshake(&mut blocks, handshake),
        Payload::HomePage(home) => page::home(&mut blocks, home),
        Payload::RenderedPage(rendered) => page::rendered(&mut blocks, rendered),
        Payload::ClickTest(test) => page::clicks(&mut blocks, test),
        Payload::LinkChecks(checks) => web::links(&mut blocks, checks),
        Payload::Hosting(hosting) => mapping::hosting(&mut blocks, hosting),
        Payload::Technologies(found) => mapping::technologies(&mut blocks, found),
        Payload::Services(services) => mapping::services(&mut blocks, services),
        Payload::TlsSurvey(survey) => mapping::tls_survey(&mut blocks, survey),
        Payload::Crawl(crawl) => mapping::crawl(&mut blocks, crawl),
        Payload::Discovery(discovery) => mapping::discovery(&mut blocks, discovery),
        Payload::Standing(standing) => extracts::standing(&mut blocks, standing),
        Payload::IcpFilings(filings) => extracts::filings(&mut blocks, &filings.0),
        Payload::PoliceFilings(filings) => extracts::filings(&mut blocks, &filings.0),
        Payload::MarkRegister(filings) => extracts::filings(&mut blocks, &filings.0),
        Payload::SiteCodes(filings) => extracts::filings(&mut blocks, &filings.0),
        Payload::DomainRegistration(registration) => extracts::registration(&mut blocks, registration),
        Payload::Listings(listings) => extracts::listings(&mut blocks, listings),
        Payload::FiledPlatforms(list) => extracts::platforms(&mut blocks, list.as_of, &list.platforms),
        Payload::CloudAssessments(list) => extracts::clouds(&mut blocks, list),
        Payload::Attestation(answers) => extracts::attestation(&mut blocks, answers),
        Payload::Scripts(loaded) => components::scripts(&mut blocks, loaded),
        Payload::ClientVisits(visits) => active::clients(&mut blocks, visits),
        Payload::Entrances(entrances) => active::entrances(&mut blocks, entrances),
        Payload::Proofs(proofs) => active::proofs(&mut blocks, proofs),
        Payload::Provocation(tried) => active::provocation(&mut blocks, tried),
        Payload::PasswordTrials(trials) => active::passwords(&mut blocks, trials),
        Payload::Components(found) => components::components(&mut blocks, found),
        Payload::Vulnerabilities(told) => components::vulnerabilities(&mut blocks, told),
        Payload::Lifecycles(told) => components::lifecycles(&mut blocks, told),
        Payload::ThreatListings(told) => components::threats(&mut blocks, told),
        Payload::SupplierReach(reach) => components::suppliers(&mut blocks, reach),
    }
    blocks.end()
}

impl Blocks<'_> {
    fn say(&self, zh: &'static str, en: &'static str) -> &'static str {
        Label { zh, en }.get(self.lang)
    }

    fn yes(&self, holds: bool) -> &'static str {
        if holds { self.say("是", "yes") } else { self.say("否", "no") }
    }

    fn list<T: ToString>(&self, items: &[T]) -> String {
        let shown: Vec<_> = items.iter().take(ROWS).map(ToString::to_string).collect();
        let rest = items.len() - shown.len();
        let text = shown.join(self.say("、", ", "));
        match (rest, self.lang) {
            (0, _) => text,
            (_, Lang::Zh) => format!("{text} 等 {} 项", items.len()),
            (_, Lang::En) => format!("{text} and {rest} more"),
        }
    }

    /// A named value; nothing when the value is empty.
    fn field(&mut self, zh: &'static str, en: &'static str, value: impl AsRef<str>) {
        if !value.as_ref().is_empty() {
            self.fields.push((self.say(zh, en), shortened(value.as_ref(), 2 * CELL)));
        }
    }

    /// A table under a caption; nothing when it has no rows. `heads` are pairs of Chinese and English.
    fn table<const N: usize>(
        &mut self,
        caption: (&'static str, &'static str),
        heads: [(&'static str, &'static str); N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        self.close_fields();
        let mut rows = rows.into_iter();
        let shown: Vec<Vec<String>> =
            rows.by_ref().take(ROWS).map(|row| row.iter().map(|cell| shortened(cell, CELL)).collect()).collect();
        if shown.is_empty() {
            return;
        }
        self.done.push(Block::Rows(Rows {
            caption: self.say(caption.0, caption.1),
            heads: heads.map(|(zh, en)| self.say(zh, en)).to_vec(),
            rows: shown,
            more: rows.count(),
        }));
    }

    fn figure(&mut self, figure: Figure) {
        self.close_fields();
        self.done.push(Block::Figure(figure));
    }

    fn close_fields(&mut self) {
        if !self.fields.is_empty() {
            self.done.push(Block::Fields(std::mem::take(&mut self.fields)));
        }
    }

    fn end(mut self) -> Vec<Block> {
        self.close_fields();
        self.done
    }
}
