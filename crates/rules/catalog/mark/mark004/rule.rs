//! MARK004: the official mark is only a picture and does not lead to the registry's verification page.

use model::facts::Kind;
use model::facts::page::{Mark, MarkForm};
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
    id: "MARK004",
    title: Label { zh: "网上标识无法查验", en: "official mark that cannot be verified" },
    area: Area::Mark,
    scope: &[SubjectKind::Site],
    severity: Severity::Low,
    grade: Grade::Review,
    basis: &[provisions("第九条", "Art. 9"), whole(&acts::ONLINE_NAMES)],
    needs: &[Kind::Register, Kind::RenderedPage],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let page = view.need::<RenderedPage>()?;
    let shown = marks::shown(page)?;
    // The mark that leads furthest speaks for the page: a second picture without a link does no harm.
    let Some(best) = shown.iter().max_by_key(|seen| (is_linked(&seen.mark), has_well_formed_id(&seen.mark))) else {
        return Ok(marks::none_shown());
    };
    let id = best.mark.id.as_deref().unwrap_or_default();
    let judgement = if !is_linked(&best.mark) {
        Judgement::review(text!(
            zh: "网上标识只是图片，没有指向标识查验页面的链接",
            en: "the mark is only a picture without a link to the verification page"
        ))
    } else if id.is_empty() {
        Judgement::review(text!(
            zh: "网上标识指向标识查验页面的链接中没有证书标识",
            en: "the mark's link to the verification page carries no certificate id"
        ))
    } else if !has_well_formed_id(&best.mark) {
        Judgement::review(text!(
            zh: "网上标识链接中的证书标识“{id}”不是 32 位十六进制数",
            en: "the certificate id \"{id}\" in the mark's link is not 32 hexadecimal digits"
        ))
    } else {
        Judgement::pass(text!(zh: "网上标识链接到标识查验页面", en: "the mark links to the verification page"))
    };
    let link = best.mark.link.as_deref().unwrap_or_default();
    let label = text!(zh: "网上标识", en: "official mark");
    let judgement = judgement.fact("id", id).fact("link", link).region(Kind::RenderedPage, best.rect, label);
    on_own_page(judgement, register, &page.page.url)
}

fn is_linked(mark: &Mark) -> bool {
    mark.form == MarkForm::LinkedPicture
}

fn has_well_formed_id(mark: &Mark) -> bool {
    mark.id.as_ref().is_some_and(|id| id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
