//! MARK005: a site that is no 机关事业单位's shows the official mark.

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

use crate::acts::provisions;
use crate::facts::rendered::is_elsewhere;
use crate::facts::{marks, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "MARK005",
    title: Label { zh: "非机关事业单位使用网上标识", en: "official mark used by a body that is not entitled to it" },
    area: Area::Mark,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第九条第一款", "Art. 9 ¶1")],
    needs: &[Kind::Register, Kind::RenderedPage],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if kind.is_bound() {
        let Label { zh, en } = kind.label();
        return Ok(Judgement::not_applicable(text!(
            zh: "开办单位为{zh}，属于机关事业单位",
            en: "the owner is: {en}, for which the mark is made"
        )));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let page = view.need::<RenderedPage>()?;
    let shown = marks::shown(page)?;
    let label = text!(zh: "网上标识", en: "official mark");
    if let Some(first) = shown.first() {
        let url = &page.page.url;
        let judgement = if register.application.host.as_ref().is_some_and(|host| is_elsewhere(host, url)) {
            Judgement::review(text!(
                zh: "开办单位不是机关事业单位，访问登记地址时跳转到其他网站的页面 {url}，该页面显示网上标识",
                en: "the owner is not entitled to the mark; its address leads to another site's page, {url}, which shows one"
            ))
        } else {
            Judgement::violation(text!(
                zh: "开办单位不是机关事业单位，首页显示机关事业单位专属网上标识",
                en: "the owner is neither an organ nor a public institution, and the home page shows the mark made for these"
            ))
        };
        let judgement = judgement
            .fact("picture", first.mark.picture.as_deref().unwrap_or_default())
            .fact("id", first.mark.id.as_deref().unwrap_or_default());
        let boxes = shown.iter().map(|seen| seen.rect);
        return Ok(boxes.fold(judgement, |judgement, rect| judgement.region(Kind::RenderedPage, rect, label.clone())));
    }
    Ok(match marks::text_link(page) {
        Some(link) => Judgement::review(text!(
            zh: "开办单位不是机关事业单位，首页有指向标识查验页面的文字链接",
            en: "the owner is neither an organ nor a public institution, and the home page links in words to a mark's verification page"
        ))
        .fact("id", link.mark.id.as_deref().unwrap_or_default())
        .region(Kind::RenderedPage, link.rect, label),
        None => Judgement::pass(text!(zh: "首页未显示网上标识", en: "the home page shows no official mark")),
    })
}
