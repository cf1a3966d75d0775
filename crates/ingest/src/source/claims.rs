//! From rows to claims: what the formats of registers share.

use ledger::identity;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Says};
use model::ledger::entity::EntityId;
use model::text;
use model::text::Text;
use model::uscc::Uscc;

use crate::source::table::{Bad, Row};
use crate::source::{Record, Sink, Stopped, values};

/// The most domains in one cell.
const MOST_DOMAINS: usize = 500;

/// Puts a value in, where there is one.
pub fn put(says: &mut Says, attribute: Attribute, value: impl Into<Option<String>>) {
    if let Some(value) = value.into().filter(|value| !value.is_empty()) {
        says.insert(attribute, value);
    }
}

/// The value of a column, where something is given: people write 无, a dash or a slash where there is nothing.
fn given<'a, T>(
    row: &Row<'a>,
    column: impl Into<usize>,
    value: impl FnOnce(&'a str) -> Result<T, Text>,
) -> Result<Option<T>, Bad> {
    let column = column.into();
    if row.get(column).is_none_or(values::is_nothing) { Ok(None) } else { row.read(column, value) }
}

/// Puts the cell of a column in as it stands, where it is filled.
pub fn put_text(says: &mut Says, attribute: Attribute, row: &Row<'_>, column: impl Into<usize>) -> Result<(), Bad> {
    put(says, attribute, given(row, column, values::words)?.map(Into::into));
    Ok(())
}

/// Puts the day of a column in.
pub fn put_day(says: &mut Says, attribute: Attribute, row: &Row<'_>, column: impl Into<usize>) -> Result<(), Bad> {
    put(says, attribute, given(row, column, values::day)?.map(|day| day.to_string()));
    Ok(())
}

/// Puts the last day of a validity in; one without an end leaves none.
pub fn put_end(says: &mut Says, attribute: Attribute, row: &Row<'_>, column: impl Into<usize>) -> Result<(), Bad> {
    put(says, attribute, given(row, column, values::end_day)?.flatten().map(|day| day.to_string()));
    Ok(())
}

/// Puts the yes or no of a column in.
pub fn put_truth(says: &mut Says, attribute: Attribute, row: &Row<'_>, column: impl Into<usize>) -> Result<(), Bad> {
    put(says, attribute, row.read(column, values::truth)?.map(|truth| if truth { "yes" } else { "no" }.into()));
    Ok(())
}

/// Puts a unified social credit code in.
pub fn put_uscc(says: &mut Says, attribute: Attribute, row: &Row<'_>, column: impl Into<usize>) -> Result<Option<Uscc>, Bad> {
    let code = given(row, column, values::uscc)?;
    put(says, attribute, code.as_ref().map(ToString::to_string));
    Ok(code)
}

/// Puts the owner's unified social credit code in, out of its own column or of that of identity documents. What else stands in the latter
/// may be the identity number of a person, and is not even shown.
pub fn put_owner_code(says: &mut Says, row: &Row<'_>, code: impl Into<usize>, document: impl Into<usize>) -> Result<(), Bad> {
    let code = given(row, code, values::uscc)?.or_else(|| row.get(document).and_then(|document| values::uscc(document).ok()));
    put(says, Attribute::OwnerUscc, code.map(|code| code.to_string()));
    Ok(())
}

/// Puts the names of a column in, as a list.
pub fn put_list(says: &mut Says, attribute: Attribute, row: &Row<'_>, column: impl Into<usize>) -> Result<(), Bad> {
    put(says, attribute, given(row, column, values::words)?.map(|names| values::list(names).join(";")));
    Ok(())
}

/// Puts the columns in that no format knows.
pub fn put_notes(says: &mut Says, row: &Row<'_>) {
    put(says, Attribute::Notes, row.notes_json());
}

/// Hands a claim on, if it says anything.
pub fn send(sink: &mut dyn Sink, row: &Row<'_>, entity: EntityId, part: &str, says: Says) -> Result<(), Stopped> {
    if says.is_empty() {
        return Ok(());
    }
    sink.take(Record::Claim(Claim { entity, part: part.into(), says, line: row.line }))
}

/// What of a filing is said of each domain and site that it is for.
const OF_ASSETS: [Attribute; 7] = [
    Attribute::Owner,
    Attribute::OwnerUscc,
    Attribute::OwnerNature,
    Attribute::Number,
    Attribute::Name,
    Attribute::MarkClass,
    Attribute::Validity,
];

/// Hands on what a register says under a number: one claim of the filing, and one of each thing that it is for, with the number as its part.
pub fn send_filing(sink: &mut dyn Sink, row: &Row<'_>, number: &str, mut says: Says, assets: &[EntityId]) -> Result<(), Stopped> {
    says.insert(Attribute::Number, number.into());
    let brief: Says =
        says.iter().filter(|(attribute, _)| OF_ASSETS.contains(attribute)).map(|(at, value)| (*at, value.clone())).collect();
    // A number that was read has digits: there is always a filing.
    let Some(filing) = identity::filing(number) else { return Ok(()) };
    let part = filing.key.clone();
    send(sink, row, filing, "", says)?;
    for asset in assets {
        send(sink, row, asset.clone(), &part, brief.clone())?;
    }
    Ok(())
}

/// The domains and addresses of a column, each once, and their registrable names as a list into `says`.
pub fn domains(says: &mut Says, row: &Row<'_>, column: impl Into<usize>) -> Result<Vec<EntityId>, Bad> {
    let column = column.into();
    let mut found: Vec<EntityId> = Vec::new();
    for name in
        values::list(row.text(column)).into_iter().flat_map(str::split_whitespace).filter(|name| !values::is_nothing(name))
    {
        let host = values::host(name).map_err(|reason| row.reject(column, reason))?;
        if !host.ascii.contains(['.', ':']) {
            return Err(row.reject(column, Text::new("不是域名", "this is no domain")).into());
        }
        let domain = identity::domain(&host).unwrap_or_else(|| identity::host(&host));
        if !found.contains(&domain) {
            found.push(domain);
        }
        if found.len() > MOST_DOMAINS {
            return Err(row
                .reject(column, text!(zh: "域名超过 {MOST_DOMAINS} 个", en: "more than {MOST_DOMAINS} domains"))
                .into());
        }
    }
    put(says, Attribute::Domains, found.iter().map(|domain| domain.key.as_str()).collect::<Vec<_>>().join(";"));
    Ok(found)
}
