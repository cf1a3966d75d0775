//! Statements for many rows at a time.
//!
//! Binding, starting and ending a statement costs about as much as the row that it writes: of rows by the million, as many as are
//! reasonable go into one.

use rusqlite::{CachedStatement, Connection, ToSql};

use crate::fault::Fault;

/// Rows in a full statement. What is left over is done one by one, so that two forms of each statement are all that is prepared.
const ROWS: usize = 64;

/// Does `work` for every chunk of `rows`, with the statement that `sql` makes of the chunk's `(?n, …)` lists.
///
/// `fixed` parameters come first and are bound for each chunk; after them `bind` gives those of a row, `columns` of them.
pub fn for_chunks<R, const COLUMNS: usize>(
    connection: &Connection,
    sql: impl Fn(&str) -> String,
    fixed: &[&dyn ToSql],
    rows: &[R],
    bind: fn(&R) -> [&dyn ToSql; COLUMNS],
    mut work: impl FnMut(&[R], &mut CachedStatement) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (full, rest) = rows.split_at(rows.len() - rows.len() % ROWS);
    for (rows, chunk) in [(full, ROWS), (rest, 1)] {
        if rows.is_empty() {
            continue;
        }
        let mut statement = connection.prepare_cached(&sql(&lists(fixed.len() + 1, chunk, COLUMNS)))?;
        for chunk in rows.chunks(chunk) {
            let values = fixed.iter().copied().chain(chunk.iter().flat_map(bind));
            for (number, value) in (1..).zip(values) {
                statement.raw_bind_parameter(number, value)?;
            }
            work(chunk, &mut statement)?;
        }
    }
    Ok(())
}

/// `(?2,?3),(?4,?5)`: two rows of two columns from parameter 2 on.
fn lists(first: usize, rows: usize, columns: usize) -> String {
    let list = |row: usize| {
        let from = first + row * columns;
        let marks: Vec<String> = (from..from + columns).map(|number| format!("?{number}")).collect();
        format!("({})", marks.join(","))
    };
    (0..rows).map(list).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_done_once_and_in_order() {
        let connection = Connection::open_in_memory().expect("open");
        connection.execute_batch("create table pairs (id integer primary key, a bigint, b text, c bigint)").expect("table");
        for count in [0, 1, 63, 64, 65, 200] {
            let rows: Vec<(i64, String)> = (0..count).map(|number| (number, format!("n{number}"))).collect();
            let sql = |lists: &str| {
                format!("with given(a, b) as (values {lists}) insert into pairs (a, b, c) select a, b, ?1 from given")
            };
            let work = |_: &[_], insert: &mut CachedStatement| Ok(insert.raw_execute().map(|_| ())?);
            for_chunks(&connection, sql, &[&count], &rows, |(a, b)| [a, b], work).expect("insert");
            let read = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?));
            let mut select = connection.prepare("select a, b from pairs where c = ?1 order by id").expect("select");
            let found: Result<Vec<(i64, String)>, _> = select.query_map([count], read).expect("query").collect();
            assert_eq!(found.expect("rows"), rows);
        }
    }
}
