//! What an institution declared of itself. An answer decides for a year; a question that was not answered decides nothing.

use jiff::civil::Date;
use model::facts::Kind;
use model::facts::attestation::Attestation;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Cause, Judgement, Undetermined};
use model::view::View;

/// Answers are due once a year, as the assessment of Art. 18 is.
const GREATEST_AGE_DAYS: i32 = 366;

/// The latest answers.
///
/// # Errors
/// When there are none, they carry no day, or are older than a year.
pub fn answers<'a>(view: &View<'a>) -> Result<&'a Attestation, Undetermined> {
    let answers = view.need::<Attestation>()?;
    let Some(day) = answers.answered_on else {
        return Err(Undetermined::ambiguous(text!(zh: "单位填报未注明日期", en: "the institution's answers carry no day")));
    };
    current(view, day, Kind::Attestation, Label { zh: "单位填报", en: "the institution's answers" })?;
    Ok(answers)
}

/// Lets what was declared on `day` decide.
///
/// # Errors
/// When that day lies ahead, or more than a year back.
pub fn current(view: &View<'_>, day: Date, kind: Kind, what: Label) -> Result<(), Undetermined> {
    let age = (view.today() - day).get_days();
    let Label { zh, en } = what;
    match age {
        ..0 => Err(Undetermined::ambiguous(text!(
            zh: "{zh}日期 {day} 晚于判定日期",
            en: "{en} are dated {day}, after the day of the judgement"
        ))),
        GREATEST_AGE_DAYS.. => {
            let stale = Undetermined::stale(kind, i64::from(age));
            Err(Undetermined::new(Cause::Stale(kind), stale.reason))
        }
        _ => Ok(()),
    }
}

/// A question was not answered.
pub fn unanswered(question: Label) -> Undetermined {
    let Label { zh, en } = question;
    Undetermined::ambiguous(text!(zh: "单位填报未回答“{zh}”", en: "the institution has not answered: {en}"))
}

/// Finds what is declared missing. Violated duties first, then open questions, else a pass. `duties` hold the answer, the question, and
/// what a "no" means.
///
/// # Errors
/// When no duty is violated and a question is open.
pub fn duties(answers: &Attestation, duties: &[(Option<bool>, Label, Label)], met: Text) -> Result<Judgement, Undetermined> {
    let missing: Vec<Label> = duties.iter().filter(|(answer, ..)| *answer == Some(false)).map(|(.., wrong)| *wrong).collect();
    if missing.is_empty() {
        return match duties.iter().find(|(answer, ..)| answer.is_none()) {
            Some((_, question, _)) => Err(unanswered(*question)),
            None => Ok(declared(Judgement::pass(met), answers)),
        };
    }
    let zh = missing.iter().map(|wrong| wrong.zh).collect::<Vec<_>>().join("；");
    let en = missing.iter().map(|wrong| wrong.en).collect::<Vec<_>>().join("; ");
    Ok(declared(Judgement::violation(text!(zh: "单位填报：{zh}", en: "the institution declares: {en}")), answers))
}

/// The judgement with the day of the answers and who gave them.
pub fn declared(judgement: Judgement, answers: &Attestation) -> Judgement {
    let day = answers.answered_on.map(|day| day.to_string()).unwrap_or_default();
    judgement.fact("answered_on", day).fact("answered_by", &answers.answered_by).fact("documents", answers.documents.join("; "))
}
