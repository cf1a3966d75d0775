//! From the cells of a row to an entry.

use std::collections::BTreeMap;

use model::institution::{Application, ApplicationKind, Institution};
use model::ledger::Entry;
use model::permission::{AccessLevel, Grant};
use model::text;
use model::text::Text;

use crate::ledger::columns::Column;
use crate::ledger::{Rejected, clip};
use crate::source::values;

/// The longest value of a known column, in bytes. Longer ones are damage: an open quote swallows the rows that follow it.
const LONGEST_VALUE: usize = 2_000;

/// The longest note and the longest header, in characters; what is longer is cut.
const LONGEST_NOTE: usize = 1_000;

/// The longest value that is shown, in characters.
const LONGEST_SHOWN: usize = 200;

/// A row of cells, told apart by their columns.
pub struct Row {
    /// Its line in the file.
    pub line: u64,
    /// Values of known columns that are not empty, with their headers.
    fields: BTreeMap<Column, (String, String)>,
    /// Values of other columns, by header.
    notes: BTreeMap<String, String>,
}

impl Row {
    /// A blank row.
    pub fn new(line: u64) -> Self {
        Self { line, fields: BTreeMap::new(), notes: BTreeMap::new() }
    }

    /// Puts a cell in. Of two columns that mean the same the first counts, and the other is kept as a note.
    pub fn put(&mut self, header: &str, column: Option<Column>, value: &str) {
        let value = value.trim();
        match column {
            _ if value.is_empty() => {}
            Some(column) if !self.fields.contains_key(&column) => {
                self.fields.insert(column, (header.into(), value.into()));
            }
            _ => {
                self.notes.insert(clip(header, LONGEST_NOTE), clip(value, LONGEST_NOTE));
            }
        }
    }

    /// True when no cell has content.
    pub fn is_blank(&self) -> bool {
        self.fields.is_empty() && self.notes.is_empty()
    }

    /// The entry, with remarks for people, or the first bad value.
    pub fn entry(mut self, name: &str) -> Result<(Entry, Vec<Text>), Rejected> {
        self.check_cells()?;
        let mut remarks = Vec::new();
        let application = self.application()?;
        let institution = self.institution(&mut remarks)?;
        let grant = self.grant(&mut remarks)?;
        let source = format!("{name}:{}", self.line);
        Ok((Entry { institution, application, grant, notes: self.notes, source }, remarks))
    }

    fn check_cells(&self) -> Result<(), Rejected> {
        for (header, value) in self.fields.values() {
            let reason = if value.len() > LONGEST_VALUE {
                Text::new("内容过长，可能缺少引号", "the value is too long; a quote may be missing")
            } else if value.contains(char::REPLACEMENT_CHARACTER) {
                Text::new("含有无法解码的字符", "some bytes are no characters of the file's encoding")
            } else {
                continue;
            };
            return Err(self.rejected(header, value, reason));
        }
        Ok(())
    }

    fn application(&mut self) -> Result<Application, Rejected> {
        let (kind, told) = self.read(Column::ApplicationKind, values::application_kind)?.unwrap_or_default();
        let role = self.read(Column::SiteRole, values::site_role)?.or(told);
        let status = self.read(Column::OwnerStatus, values::owner_status)?.unwrap_or_default();
        let name = self.text(Column::ApplicationName);
        let Some((header, address)) = self.fields.remove(&Column::Address) else {
            let reason = Text::new("缺少地址", "the address is missing");
            return Err(Rejected { line: self.line, column: Some("address".into()), value: String::new(), reason });
        };
        let application = Application { kind, name, role, status, ..Application::default() };
        if !matches!(kind, ApplicationKind::WebSite | ApplicationKind::MailSystem) {
            return Ok(Application { address, ..application });
        }
        // A mail system may be given by an address of its own, such as postmaster@example.gov.cn.
        let host = if kind == ApplicationKind::MailSystem { address.rsplit('@').next().unwrap_or(&address) } else { &address };
        let read = values::address(host).map_err(|reason| self.rejected(&header, &address, reason))?;
        Ok(Application { address, host: Some(read.host), port: read.port, path: read.path, ..application })
    }

    fn institution(&mut self, remarks: &mut Vec<Text>) -> Result<Option<Institution>, Rejected> {
        let uscc = self.read(Column::Uscc, values::uscc)?;
        let written = self.read(Column::InstitutionType, values::institution_type)?;
        let coded = uscc.as_ref().and_then(|code| code.institution_type());
        let division = self.read(Column::DivisionCode, values::division)?;
        let level = self.read(Column::Level, values::level)?;
        let institution = Institution {
            name: self.text(Column::InstitutionName),
            short_names: split_names(&self.text(Column::ShortNames)),
            kind: written.or(coded),
            level: level.or_else(|| division.as_ref().map(|code| code.level())),
            parent: self.read(Column::ParentUscc, values::uscc)?,
            administrative_duties: self.read(Column::AdministrativeDuties, values::truth)?,
            state: None,
            successor: None,
            uscc,
            division,
        };
        if let (Some(written), Some(coded)) = (written, coded)
            && written != coded
        {
            let (written, coded) = (written.label(), coded.label());
            let (zh, en) = ((written.zh, coded.zh), (written.en, coded.en));
            remarks.push(Text::new(
                format!("机构类型栏为“{}”，统一社会信用代码表示“{}”，按机构类型栏采用", zh.0, zh.1),
                format!("the type column says {}, the unified social credit code {}; the column counts", en.0, en.1),
            ));
        }
        if !institution.key().is_empty() {
            return Ok(Some(institution));
        }
        if institution != Institution::default() {
            remarks.push(Text::new(
                "未填单位名称和统一社会信用代码，其余单位信息未采用",
                "neither name nor code of the institution is given; what else is said of it was left out",
            ));
        }
        Ok(None)
    }

    fn grant(&mut self, remarks: &mut Vec<Text>) -> Result<Option<Grant>, Rejected> {
        let level = self.read(Column::GrantedLevel, values::granted_level)?;
        let document = self.text(Column::GrantDocument);
        let until = self.read(Column::GrantUntil, values::end_day)?.flatten();
        let Some(level) = level else {
            if !document.is_empty() || until.is_some() {
                remarks.push(Text::new("未填授权级别，按 L1 执行", "the granted level is missing; L1 holds"));
            }
            return Ok(None);
        };
        if level > AccessLevel::L1 && document.is_empty() {
            remarks.push(text!(
                zh: "授权级别 {level:?} 未填授权文件，按 L1 执行",
                en: "{level:?} is granted without a document; L1 holds",
            ));
        }
        Ok(Some(Grant { level, document, until }))
    }

    fn read<T>(&mut self, column: Column, value: impl Fn(&str) -> Result<T, Text>) -> Result<Option<T>, Rejected> {
        let Some((header, written)) = self.fields.remove(&column) else { return Ok(None) };
        value(&written).map(Some).map_err(|reason| self.rejected(&header, &written, reason))
    }

    fn text(&mut self, column: Column) -> String {
        self.fields.remove(&column).map(|(_, value)| value).unwrap_or_default()
    }

    fn rejected(&self, header: &str, value: &str, reason: Text) -> Rejected {
        Rejected { line: self.line, column: Some(clip(header, LONGEST_SHOWN)), value: clip(value, LONGEST_SHOWN), reason }
    }
}

fn split_names(text: &str) -> Vec<String> {
    text.split([';', '；', '、', '，', ',']).map(str::trim).filter(|name| !name.is_empty()).map(Into::into).collect()
}
