//! WHOIS answers as text, as registries and registrars write them.

use model::ledger::attribute::Attribute;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::input::Input;
use crate::source::registration::{MOST, Registration, status};
use crate::source::rows::Rows;
use crate::source::{Format, Sink, SourceError, Stopped, lines};

/// WHOIS answers.
pub static FORMAT: Format =
    Format { kind: SourceKind::Whois, doc: Label { zh: include_str!("whois.zh.md"), en: include_str!("whois.md") }, read };

/// What a key means.
#[derive(Clone, Copy)]
enum Field {
    Domain,
    Registrant,
    /// The registrant where no organisation is told.
    RegistrantName,
    Registrar,
    Status,
    Server,
    Day(Attribute),
}

/// Keys, in lower case.
const KEYS: [(&str, Field); 34] = [
    ("domain name", Field::Domain),
    ("domain", Field::Domain),
    ("域名", Field::Domain),
    ("registrant organization", Field::Registrant),
    ("registrant organisation", Field::Registrant),
    ("registrant", Field::Registrant),
    ("域名持有者", Field::Registrant),
    ("注册者", Field::Registrant),
    ("registrant name", Field::RegistrantName),
    ("registrar", Field::Registrar),
    ("sponsoring registrar", Field::Registrar),
    ("registrar name", Field::Registrar),
    ("注册服务机构", Field::Registrar),
    ("域名注册服务机构", Field::Registrar),
    ("domain status", Field::Status),
    ("status", Field::Status),
    ("域名状态", Field::Status),
    ("name server", Field::Server),
    ("nameserver", Field::Server),
    ("nserver", Field::Server),
    ("域名服务器", Field::Server),
    ("registration time", Field::Day(Attribute::RegisteredOn)),
    ("creation date", Field::Day(Attribute::RegisteredOn)),
    ("created", Field::Day(Attribute::RegisteredOn)),
    ("registered on", Field::Day(Attribute::RegisteredOn)),
    ("注册时间", Field::Day(Attribute::RegisteredOn)),
    ("expiration time", Field::Day(Attribute::ExpiresOn)),
    ("registry expiry date", Field::Day(Attribute::ExpiresOn)),
    ("registrar registration expiration date", Field::Day(Attribute::ExpiresOn)),
    ("expiration date", Field::Day(Attribute::ExpiresOn)),
    ("expiry date", Field::Day(Attribute::ExpiresOn)),
    ("到期时间", Field::Day(Attribute::ExpiresOn)),
    ("updated date", Field::Day(Attribute::UpdatedOn)),
    ("更新时间", Field::Day(Attribute::UpdatedOn)),
];

/// A record while it is read.
#[derive(Default)]
struct Record {
    line: u64,
    found: Registration,
    has_organisation: bool,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let (name, at, is_empty) = (input.name, input.at, input.start().trim_ascii().is_empty());
    let mut record = None::<Record>;
    let mut met = false;
    let mut last = Rows::new(sink, at);
    lines::each_with(input, &mut last, |rows, line| {
        let line = line.trim();
        if let Some((field, value)) = field(line) {
            if matches!(field, Field::Domain) && record.as_ref().is_some_and(|record| !same(&record.found.domain, value)) {
                finish(rows, record.take())?;
            }
            met = true;
            record.get_or_insert_with(|| Record { line: rows.line, ..Record::default() }).take(field, value);
        } else if line.starts_with("--") || line.starts_with(">>>") {
            finish(rows, record.take())?;
        }
        Ok(())
    })?;
    finish(&mut last, record)?;
    if met || is_empty {
        return Ok(());
    }
    let problem = Text::new("没有形如 \"Domain Name: example.cn\" 的行", "no line of it is like \"Domain Name: example.cn\"");
    Err(SourceError::Unlike { name: name.into(), expected: "WHOIS text", problem })
}

impl Record {
    /// Takes a value in; of several for what there is one of, the first, which is the registry's.
    fn take(&mut self, field: Field, value: &str) {
        let first = |kept: &mut String| {
            if kept.is_empty() {
                value.clone_into(kept);
            }
        };
        let found = &mut self.found;
        match field {
            Field::Domain => first(&mut found.domain),
            Field::Registrar => first(&mut found.registrar),
            Field::Registrant if self.has_organisation => {}
            Field::Registrant => (found.registrant, self.has_organisation) = (value.to_owned(), true),
            Field::RegistrantName => first(&mut found.registrant),
            Field::Status if found.states.len() < MOST => found.states.push(status(value)),
            // Behind the name some registries write its addresses.
            Field::Server if found.servers.len() < MOST => {
                found.servers.extend(value.split_whitespace().next().map(str::to_owned));
            }
            Field::Day(attribute) if found.days.iter().all(|(known, _)| *known != attribute) => {
                found.days.push((attribute, value.to_owned()));
            }
            Field::Status | Field::Server | Field::Day(_) => {}
        }
    }
}

/// The field that a line holds, with its value; `None` for other lines and empty values.
fn field(line: &str) -> Option<(Field, &str)> {
    let (key, value) = line.split_once([':', '：'])?;
    let (key, value) = (key.trim().trim_end_matches('.').to_lowercase(), value.trim());
    let (_, field) = KEYS.iter().find(|(known, _)| *known == key)?;
    (!value.is_empty()).then_some((*field, value))
}

/// Whether two answers are about one domain: a registry's and its registrar's stand one after the other.
fn same(known: &str, value: &str) -> bool {
    known.is_empty() || known.trim_end_matches('.').eq_ignore_ascii_case(value.trim_end_matches('.'))
}

fn finish(rows: &mut Rows<'_>, record: Option<Record>) -> Result<(), Stopped> {
    let Some(record) = record else { return Ok(()) };
    let line = std::mem::replace(&mut rows.line, record.line);
    rows.count();
    record.found.hand_on(rows)?;
    rows.line = line;
    Ok(())
}
