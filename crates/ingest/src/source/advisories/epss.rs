//! Exploit prediction scores of FIRST, CSV with a line of its model above the header.

use jiff::civil::Date;
use model::advisory::Statement;
use model::advisory::statement::Likelihood;
use model::ledger::source::SourceKind;
use model::text;
use model::text::{Label, Text};

use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::times::day;
use crate::source::{Format, Sink, SourceError, Stopped, advisories, lines};

/// Exploit prediction scores.
pub static FORMAT: Format =
    Format { kind: SourceKind::Epss, doc: Label { zh: include_str!("epss.zh.md"), en: include_str!("epss.md") }, read };

const EXPECTED: &str = "a table of exploit prediction scores";
const HEADER: &str = "cve,epss,percentile";

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut top = input.start().split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#"));
    if !top.next().is_some_and(|line| line.trim_ascii().eq_ignore_ascii_case(HEADER.as_bytes())) {
        let problem = text!(
            zh: "第一行（或注释下一行）不是 \"{HEADER}\"",
            en: "its first line, or the one below the comment, is not \"{HEADER}\"",
        );
        return Err(SourceError::Unlike { name: input.name.into(), expected: EXPECTED, problem });
    }
    let mut on = None;
    let mut is_below = false;
    lines::each(input, sink, |rows, line| match line.strip_prefix('#') {
        Some(comment) => {
            on = on.or_else(|| comment.split(',').find_map(|part| part.trim().strip_prefix("score_date:")).and_then(day));
            Ok(())
        }
        None if !is_below => {
            is_below = true;
            Ok(())
        }
        None => take(rows, line, on),
    })
}

fn take(rows: &mut Rows<'_>, line: &str, on: Option<Date>) -> Result<(), Stopped> {
    rows.count();
    let mut cells = line.split(',').map(str::trim);
    let [cve, probability, percentile] = [(); 3].map(|()| cells.next().unwrap_or_default());
    let Some(id) = advisories::cve(cve) else {
        return rows.reject(Some("cve"), cve, advisories::no_name());
    };
    let mut share = |column: &str, text: &str| match millionths(text) {
        None => rows.reject(Some(column), text, Text::new("应为 0 至 1 的小数", "not a number from 0 to 1")).map(|()| None),
        share => Ok(share),
    };
    let Some(probability_ppm) = share("epss", probability)? else { return Ok(()) };
    let Some(percentile_ppm) = share("percentile", percentile)? else { return Ok(()) };
    rows.state(Statement {
        likelihood: Some(Likelihood { probability_ppm, percentile_ppm, day: on }),
        ..Statement::new(SourceKind::Epss, id)
    })
}

/// A share of one, in millionths.
fn millionths(text: &str) -> Option<u32> {
    let share: f64 = text.parse().ok()?;
    (0.0..=1.0).contains(&share).then(|| (share * 1e6).round() as u32)
}
