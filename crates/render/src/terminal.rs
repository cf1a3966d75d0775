//! Reports for a terminal: violations first, then what could not be judged, then the counts.
//!
//! Invariant: no escape sequence but our own colours, and those only when asked for.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle, presets};
use model::text::{Label, Lang};
use model::verdict::{Grade, Value, Verdict};

use crate::clean::visible;
use crate::report::{Catalogue, Meta, SubjectReport, minute};
use crate::summary::{Counts, SweepSummary};

/// Institutions and rules that a sweep's text names at most.
const WORST: usize = 15;
/// Narrower terminals get lines of this width all the same.
const NARROWEST: usize = 40;

/// A table with lines around the head and at the end, none between rows.
pub(crate) const RULED: TableStyle = presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());

const RED: &str = "1;31";
const AMBER: &str = "33";
const BLUE: &str = "34";
const GREY: &str = "2";
const BOLD: &str = "1";

/// One subject: who, what is violated and why, what could not be judged and why, and the counts.
pub fn subject(report: &SubjectReport<'_>, catalogue: Catalogue<'_>, lang: Lang, width: usize, colour: bool) -> String {
    let mut page = Page { text: String::new(), lang, width: width.max(NARROWEST), colour };
    page.title(report);
    for verdict in report.sorted(Value::Violation) {
        page.violation(verdict, catalogue);
    }
    let open = report.sorted(Value::Undetermined);
    if !open.is_empty() {
        page.heading(Value::Undetermined.label().get(lang), open.len());
    }
    for verdict in open {
        page.line(&format!("{} {}", verdict.rule, catalogue.title(&verdict.rule).get(lang)), 2, GREY);
        page.paragraph(verdict.reason.get(lang), 6);
    }
    page.text.push('\n');
    page.paragraph(&counts_line(&Counts::of(report.verdicts), lang), 0);
    page.text
}

/// A whole sweep: counts, the worst institutions, the most violated rules, and why verdicts are open.
pub fn sweep(summary: &SweepSummary, catalogue: Catalogue<'_>, lang: Lang, width: usize, colour: bool) -> String {
    let mut page = Page { text: String::new(), lang, width: width.max(NARROWEST), colour };
    page.line(page.say(Label { zh: "批量检测结果", en: "Sweep" }), 0, BOLD);
    let (subjects, owners) = (summary.len(), summary.owners.len());
    page.paragraph(
        &match lang {
            Lang::Zh => format!("检测对象 {subjects} 个，开办单位 {owners} 家"),
            Lang::En => format!("subjects: {subjects}; institutions: {owners}"),
        },
        0,
    );
    let mut owners = summary.worst_owners();
    owners.retain(|owner| owner.counts.violations() > 0);
    page.counts_table(
        Label { zh: "问题较多的单位", en: "Institutions with most violations" },
        owners.iter().map(|owner| (owner.name.clone(), &owner.counts)),
    );
    let rules = summary.worst_rules();
    page.counts_table(
        Label { zh: "问题较多的规则", en: "Rules violated most" },
        rules.iter().map(|(rule, counts)| (format!("{rule} {}", catalogue.title(rule).get(lang)), *counts)),
    );
    let causes = summary.worst_causes();
    if !causes.is_empty() {
        page.heading(page.say(Label { zh: "无法判定的原因", en: "Why verdicts are undetermined" }), causes.len());
    }
    for (cause, count) in causes.iter().take(WORST) {
        page.paragraph(&format!("{count:>6}  {}", cause.get(lang)), 2);
    }
    page.text.push('\n');
    page.paragraph(&counts_line(&summary.counts(), lang), 0);
    page.text
}

/// The last lines of a run: what the reader must know about it, and what its exit status means.
pub fn closing(counts: &Counts, meta: &Meta<'_>, lang: Lang, width: usize) -> String {
    let mut page = Page { text: String::new(), lang, width: width.max(NARROWEST), colour: false };
    for note in &meta.notes {
        page.paragraph(&format!("{}{}", page.say(Label { zh: "注意：", en: "Note: " }), note.get(lang)), 0);
    }
    let meaning = match counts.exit_status() {
        0 => Label {
            zh: "退出码 0：未发现不符合要求的情形（“无法判定”不等于符合）",
            en: "exit status 0: nothing violated (undetermined is not compliant)",
        },
        _ => Label {
            zh: "退出码 1：存在违规或待核实的情形", en: "exit status 1: something is violated or needs review"
        },
    };
    page.paragraph(meaning.get(lang), 0);
    page.text
}

struct Page {
    text: String,
    lang: Lang,
    width: usize,
    colour: bool,
}

impl Page {
    fn say(&self, label: Label) -> &'static str {
        label.get(self.lang)
    }

    fn title(&mut self, report: &SubjectReport<'_>) {
        self.line(&format!("{}  {}", report.name(), report.bundle.subject), 0, BOLD);
        let institution = report.institution();
        let owner =
            institution.map_or(self.say(Label { zh: "开办单位未知", en: "institution unknown" }), |owner| &owner.name);
        let kind = institution.and_then(|owner| owner.kind).map(|kind| self.say(kind.label()));
        let level = institution.and_then(|owner| owner.level).map(|level| self.say(level.label()));
        let time = minute(report.bundle.at);
        let parts: Vec<&str> = [Some(owner), kind, level, Some(&time)].into_iter().flatten().collect();
        self.paragraph(&parts.join(" · "), 0);
        let found = report.sorted(Value::Violation).len();
        if found > 0 {
            self.heading(Value::Violation.label().get(self.lang), found);
        }
    }

    fn violation(&mut self, verdict: &Verdict, catalogue: Catalogue<'_>) {
        let grade = verdict.grade.unwrap_or(Grade::Violation);
        let (colour, lang) = (colour_of(grade), self.lang);
        let (grade, severity) = (grade.label().get(lang), verdict.severity.label().get(lang));
        let title = catalogue.title(&verdict.rule);
        self.line(&format!("[{grade} · {severity}] {} {}", verdict.rule, title.get(lang)), 2, colour);
        self.paragraph(verdict.reason.get(lang), 6);
        for citation in &verdict.basis {
            self.paragraph(&format!("{}{}", self.say(Label { zh: "依据：", en: "Basis: " }), citation.text.get(lang)), 6);
        }
        self.paragraph(&format!("{} {}", self.say(Label { zh: "判定编号", en: "verdict" }), verdict.id), 6);
    }

    fn heading(&mut self, words: &str, count: usize) {
        self.text.push('\n');
        self.line(&format!("{words} ({count})"), 0, BOLD);
    }

    /// A line in one colour, wrapped when it is too long.
    fn line(&mut self, words: &str, indent: usize, colour: &str) {
        for row in self.wrapped(words, indent) {
            if self.colour {
                self.text.push_str(&format!("\x1b[{colour}m{row}\x1b[0m\n"));
            } else {
                self.text.push_str(&format!("{row}\n"));
            }
        }
    }

    fn paragraph(&mut self, words: &str, indent: usize) {
        for row in self.wrapped(words, indent) {
            self.text.push_str(&row);
            self.text.push('\n');
        }
    }

    /// Words cut to the width. The table's own wrapping knows how wide Chinese characters are.
    fn wrapped(&self, words: &str, indent: usize) -> Vec<String> {
        let mut table = table(self.width - indent);
        table.load_style(presets::NOTHING).add_row([visible(words).trim_start()]);
        if let Some(column) = table.column_mut(0) {
            column.set_padding((0, 0));
        }
        table.lines().map(|line| format!("{:indent$}{}", "", line.trim_end())).collect()
    }

    fn counts_table<'a>(&mut self, title: Label, rows: impl ExactSizeIterator<Item = (String, &'a Counts)>) {
        if rows.len() == 0 {
            return;
        }
        self.heading(title.get(self.lang), rows.len());
        let mut table = table(self.width);
        let grade = |grade: Grade| grade.label().get(self.lang);
        let open = Value::Undetermined.label().get(self.lang);
        table.load_style(RULED);
        table.set_header(["", grade(Grade::Violation), grade(Grade::Review), grade(Grade::Advice), open]);
        for (name, counts) in rows.take(WORST) {
            let numbers = [counts.violation, counts.review, counts.advice, counts.undetermined].map(|number| number.to_string());
            table.add_row([visible(&name).into_owned()].into_iter().chain(numbers));
        }
        table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        self.text.push_str(&table.trim_fmt());
        self.text.push('\n');
    }
}

pub(crate) fn table(width: usize) -> Table {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table
}

fn colour_of(grade: Grade) -> &'static str {
    match grade {
        Grade::Violation => RED,
        Grade::Review => AMBER,
        Grade::Advice => BLUE,
    }
}

/// The counts on one line. Never a share of passes: what could not be judged would vanish in it.
fn counts_line(counts: &Counts, lang: Lang) -> String {
    let Counts { violation, review, advice, undetermined, pass, not_applicable } = counts;
    let violations = counts.violations();
    match lang {
        Lang::Zh => format!(
            "符合 {pass} · 发现问题 {violations}（违规 {violation}、待核实 {review}、建议 {advice}）· 无法判定 {undetermined} · 不适用 {not_applicable}"
        ),
        Lang::En => format!(
            "pass {pass} · violation {violations} (violation {violation}, review {review}, advice {advice}) · \
             undetermined {undetermined} · not applicable {not_applicable}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clean::acts;
    use crate::sample;

    #[test]
    fn what_comes_from_outside_cannot_steer_the_terminal() {
        let world = sample::world();
        for lang in [Lang::Zh, Lang::En] {
            let text = subject(&world.report(), world.catalogue(), lang, 80, false);
            assert!(!text.chars().any(|char| char != '\n' && acts(char)), "{text:?}");
            let coloured = subject(&world.report(), world.catalogue(), lang, 80, true);
            let own = ["1;31", "33", "34", "2", "1", "0"].map(|code| format!("\x1b[{code}m"));
            let rest = own.iter().fold(coloured, |text, code| text.replace(code.as_str(), ""));
            assert_eq!(rest, text);
        }
    }

    #[test]
    fn lines_keep_to_the_width_and_violations_come_first() {
        let world = sample::world();
        for width in [40, 80, 132] {
            let text = subject(&world.report(), world.catalogue(), Lang::Zh, width, false);
            assert!(text.lines().all(|line| sample::columns(line) <= width), "{text}");
        }
        let text = subject(&world.report(), world.catalogue(), Lang::Zh, 80, false);
        let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} is missing in\n{text}"));
        assert!(
            place("[违规 · 高危]") < place("[待核实") && place("[待核实") < place("[建议") && place("[建议") < place("无法判定")
        );
        assert!(
            world
                .verdicts
                .iter()
                .filter(|verdict| verdict.value == Value::Violation)
                .all(|verdict| text.contains(&verdict.id.to_string()))
        );
    }

    #[test]
    fn no_words_break_the_page() {
        proptest!(|(words in "\\PC*|[ \u{3000}\n\t]*.*", indent in 0usize..7, width in 40usize..120)| {
            let page = Page { text: String::new(), lang: Lang::Zh, width, colour: false };
            for row in page.wrapped(&words, indent) {
                prop_assert!(!row.chars().any(acts), "{row:?}");
                prop_assert!(sample::columns(&row) <= width, "{row:?}");
            }
        });
    }

    #[test]
    fn the_closing_tells_notes_and_the_exit_status() {
        let mut counts = Counts { advice: 1, undetermined: 3, ..Counts::default() };
        assert!(closing(&counts, &sample::meta(), Lang::En, 80).contains("exit status 0"));
        counts.review = 1;
        let text = closing(&counts, &sample::meta(), Lang::Zh, 80);
        assert!(text.contains("退出码 1") && text.contains("沙箱"), "{text}");
    }

    #[test]
    fn a_sweep_names_the_worst_and_keeps_to_the_width() {
        let world = sample::world();
        let summary = sample::sweep(&world);
        for lang in [Lang::Zh, Lang::En] {
            let text = sweep(&summary, world.catalogue(), lang, 80, false);
            assert!(text.contains("DOM002"), "{text}");
            assert!(text.lines().all(|line| sample::columns(line) <= 80), "{text}");
            assert!(!text.chars().any(|char| char != '\n' && acts(char)));
        }
    }
}
