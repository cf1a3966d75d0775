//! MARK001: the home page of a 机关事业单位's site shows no official mark.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::rendered::RenderedPage;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::rendered::on_own_page;
use crate::facts::{marks, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "MARK001",
    title: Label { zh: "首页未加注网上标识", en: "home page without the official mark" },
    area: Area::Mark,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第九条第二款", "Art. 9 ¶2"), whole(&acts::ONLINE_NAMES)],
    needs: &[Kind::Register, Kind::RenderedPage],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let page = view.need::<RenderedPage>()?;
    let shown = marks::shown(page)?;
    let legacy_counts = view.policy().accept_legacy_mark;
    if let Some(first) = shown.first() {
        let judgement = if legacy_counts {
            Judgement::pass(text!(zh: "首页显示网上标识", en: "the home page shows the official mark"))
        } else {
            Judgement::review(text!(
                zh: "首页只显示旧版党政机关、事业单位网站标识",
                en: "the home page shows only the older mark of the registry"
            ))
        };
        let error = shown.iter().all(|seen| seen.mark.error);
        let judgement = judgement.fact("trace", "shown").fact("marks", shown.len()).fact("error", error);
        return Ok(judgement.region(Kind::RenderedPage, first.rect, label()));
    }
    if let Some(link) = marks::text_link(page) {
        let reason = text!(
            zh: "首页只有指向标识查验页面的文字链接，未显示标识图形",
            en: "the home page links to the mark's verification page in words but shows no mark"
        );
        let judgement = Judgement::review(reason).fact("trace", "text_link").region(Kind::RenderedPage, link.rect, label());
        return on_own_page(judgement, register, &page.page.url);
    }
    let trace = marks::trace(page);
    let reason = match trace {
        "hidden" => text!(zh: "首页含有标识图形，但未显示", en: "the home page holds a mark that is not shown"),
        "loader" => text!(zh: "首页含有标识脚本，但未显示标识", en: "the home page holds the mark's loader, which draws no mark"),
        "commented_out" => {
            text!(zh: "首页的标识代码已被注释，未显示标识", en: "the mark's code is commented out on the home page")
        }
        _ => text!(zh: "首页没有网上标识", en: "the home page has no official mark"),
    };
    // The look of the new mark is not published, so its absence cannot be seen where the older one does not count.
    let judgement = if legacy_counts { Judgement::violation(reason) } else { Judgement::review(reason) };
    on_own_page(judgement.fact("trace", trace), register, &page.page.url)
}

fn label() -> text::Text {
    text!(zh: "网上标识", en: "official mark")
}
