//! The catalogue for readers: the page of a rule, its data, and the list of all rules.

use comfy_table::{ContentArrangement, Table};
use model::rule::Rule;
use model::subject::SubjectKind;
use model::text::{Label, Lang};
use serde_json::json;

use crate::report::Catalogue;
use crate::terminal::RULED;

/// The rule's page: title, metadata, and the text that its author wrote.
pub fn markdown(rule: &Rule, lang: Lang) -> String {
    let (title, body) = rule.doc.get(lang).split_once('\n').unwrap_or((rule.doc.get(lang), ""));
    let mut lines = vec![title.to_owned(), String::new()];
    let words = |label: Label| label.get(lang);
    let entry = |name: Label, value: String| format!("- {}{}{value}", words(name), if lang == Lang::Zh { "：" } else { ": " });
    lines.push(entry(Label { zh: "领域", en: "Area" }, words(rule.area.label()).into()));
    lines.push(entry(Label { zh: "检测对象", en: "Judges" }, scopes(rule, lang)));
    lines.push(entry(Label { zh: "最高等级", en: "Gravest grade" }, words(rule.grade.label()).into()));
    lines.push(entry(Label { zh: "危害程度", en: "Severity" }, words(rule.severity.label()).into()));
    for basis in rule.basis {
        let citation = basis.cite();
        let (text, number, since) = (citation.text.get(lang), &citation.number, citation.since);
        let value = match lang {
            Lang::Zh => format!("{text}（{number}，{since} 起施行）"),
            Lang::En => format!("{text} ({number}, in force since {since})"),
        };
        lines.push(entry(Label { zh: "依据", en: "Basis" }, value));
    }
    let needs: Vec<_> = rule.needs.iter().map(|kind| words(kind.label())).collect();
    lines.push(entry(Label { zh: "所需证据", en: "Evidence" }, needs.join(if lang == Lang::Zh { "、" } else { ", " })));
    lines.push(entry(Label { zh: "访问级别", en: "Level of access" }, format!("{:?}", rule.level)));
    lines.push(entry(Label { zh: "证据时效（天）", en: "Evidence decides for (days)" }, rule.max_age_days.to_string()));
    lines.push(entry(Label { zh: "修订号", en: "Revision" }, rule.revision.to_string()));
    format!("{}\n{}\n", lines.join("\n"), body.trim_end())
}

/// The rule's metadata and text, in both languages.
pub fn json(rule: &Rule) -> serde_json::Value {
    json!({
        "id": rule.id,
        "title": rule.title.to_text(),
        "area": rule.area,
        "scope": rule.scope.first(),
        "scopes": rule.scope,
        "severity": rule.severity,
        "grade": rule.grade,
        "basis": rule.basis.iter().map(|basis| basis.cite()).collect::<Vec<_>>(),
        "needs": rule.needs,
        "level": rule.level,
        "max_age_days": rule.max_age_days,
        "revision": rule.revision,
        "doc": rule.doc.to_text(),
    })
}

/// All rules in a table of at most `width` columns.
pub fn list(catalogue: Catalogue<'_>, lang: Lang, width: usize) -> String {
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX).max(40));
    let head = match lang {
        Lang::Zh => ["规则", "领域", "等级", "危害", "检测项"],
        Lang::En => ["Rule", "Area", "Grade", "Severity", "Flags"],
    };
    table.set_header(head);
    for rule in catalogue.0 {
        let words = |label: Label| label.get(lang);
        table.add_row([
            rule.id,
            words(rule.area.label()),
            words(rule.grade.label()),
            words(rule.severity.label()),
            words(rule.title),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}

/// A kind of subject in words.
pub(crate) fn scope(kind: SubjectKind) -> Label {
    match kind {
        SubjectKind::Site => Label { zh: "网站", en: "web site" },
        SubjectKind::Mail => Label { zh: "电子邮件域名", en: "mail domain" },
        SubjectKind::Institution => Label { zh: "机关事业单位", en: "institution" },
        SubjectKind::App => Label { zh: "移动应用程序", en: "mobile app" },
        SubjectKind::MiniProgram => Label { zh: "小程序", en: "mini program" },
        SubjectKind::Account => Label { zh: "公众账号", en: "public account" },
    }
}

fn scopes(rule: &Rule, lang: Lang) -> String {
    let words: Vec<_> = rule.scope.iter().map(|kind| scope(*kind).get(lang)).collect();
    words.join(if lang == Lang::Zh { "、" } else { ", " })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_page_holds_metadata_and_the_authors_text() {
        let page = markdown(sample::RULES[0], Lang::En);
        assert!(page.starts_with("# DOM002 "), "{page}");
        assert!(page.contains("- Severity: high\n") && page.contains("## How to mend"));
        assert!(markdown(sample::RULES[0], Lang::Zh).contains("- 危害程度：高危\n"));
        assert_eq!(json(sample::RULES[0])["needs"][0], "register");
    }

    #[test]
    fn the_list_names_every_rule_and_keeps_to_the_width() {
        for lang in [Lang::Zh, Lang::En] {
            let list = list(Catalogue(sample::RULES), lang, 80);
            assert!(sample::RULES.iter().all(|rule| list.contains(rule.id)));
            assert!(list.lines().all(|line| sample::columns(line) <= 80), "{list}");
        }
    }
}
