//! Times and days as sources write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

use crate::source::values;

/// The clock of sources that tell no offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Universal time.
    Utc,
    /// Chinese time, eight hours ahead.
    Beijing,
}

impl Clock {
    fn zone(self) -> TimeZone {
        match self {
            Self::Utc => TimeZone::UTC,
            Self::Beijing => TimeZone::fixed(Offset::constant(8)),
        }
    }
}

/// A moment: seconds or milliseconds since 1970, RFC 3339, or date and time on the source's clock, with blanks, slashes or none at all
/// between (`2026-03-01 08:00:00`, `2026/3/1 8:00`, `2026-03-01`, `20260301`).
pub(crate) fn moment(text: &str, clock: Clock) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return epoch(text.parse().ok()?);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    let civil = text.parse::<DateTime>().ok().or_else(|| {
        let formats = ["%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M:%S"];
        formats.iter().find_map(|format| DateTime::strptime(format, text).ok())
    });
    let civil = civil.or_else(|| day(text).map(|day| day.at(0, 0, 0, 0)))?;
    civil.to_zoned(clock.zone()).ok().map(|zoned| zoned.timestamp())
}

/// A moment out of a number: seconds since 1970, milliseconds when that would lie beyond the year 5000.
pub(crate) fn epoch(number: i64) -> Option<Timestamp> {
    const YEAR_5000: i64 = 95_617_584_000;
    if number > YEAR_5000 { Timestamp::from_millisecond(number).ok() } else { Timestamp::from_second(number).ok() }
}

/// A day as registries write it: as [`values::day`] reads it, whatever stands behind it, and in the forms of older registries
/// (`01-Mar-2026`, `1.3.2026`, `Sun Mar 01 08:00:00 2026`).
pub(crate) fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let word = text.split(['T', ' ']).next().unwrap_or(text);
    let spelled = || {
        let forms = ["%d-%b-%Y", "%d.%m.%Y", "%a %b %d %H:%M:%S %Y", "%B %d %Y", "%d %B %Y", "%d %b %Y"];
        forms.iter().find_map(|form| strtime::parse(form, text).or_else(|_| strtime::parse(form, word)).ok()?.to_date().ok())
    };
    let found = values::day(text).or_else(|_| values::day(word)).ok().or_else(spelled)?;
    (date(1970, 1, 1)..date(2200, 1, 1)).contains(&found).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        let of = |text: &str| moment(text, Clock::Beijing).map(|moment| moment.to_string());
        for text in [
            "1772323200",
            "1772323200000",
            "2026-03-01T00:00:00Z",
            "2026-03-01 08:00:00",
            "2026/03/01 08:00",
            "2026-03-01T08:00:00+08:00",
        ] {
            assert_eq!(of(text).as_deref(), Some("2026-03-01T00:00:00Z"), "{text}");
        }
        assert_eq!(of("2026-03-01").as_deref(), Some("2026-02-28T16:00:00Z"));
        assert_eq!(
            moment("2025-04-21 12:35:06 UTC", Clock::Utc).map(|at| at.to_string()).as_deref(),
            Some("2025-04-21T12:35:06Z")
        );
        for text in ["", "yesterday", "2026-13-01", "99999999999999999999999", "2026-02-30 00:00:00"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_in_the_forms_of_registers() {
        for text in [
            "2026-03-01",
            "2026-03-01 10:11:12",
            "2026-03-01T23:59:59Z",
            "2026/3/1",
            "2026.03.01",
            "01-Mar-2026",
            "1.3.2026",
            "2026年3月1日",
            "20260301",
            "Sun Mar 01 08:00:00 2026",
        ] {
            assert_eq!(day(text), Some(date(2026, 3, 1)), "{text}");
        }
        assert_eq!((day("0000-00-00"), day("soon"), day("")), (None, None, None));
    }
}
