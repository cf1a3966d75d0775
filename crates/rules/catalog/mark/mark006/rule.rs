//! MARK006: a mark of the wrong class: the organs' mark on a 事业单位's site or the reverse.

use std::collections::BTreeSet;

use model::facts::Kind;
use model::facts::page::{HomePage, Mark, MarkClass};
use model::facts::rendered::RenderedPage;
use model::institution::InstitutionType;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{marks, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "MARK006",
    title: Label { zh: "网上标识类别与机构类型不符", en: "official mark of the wrong class" },
    area: Area::Mark,
    scope: SubjectKind::Site,
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第九条", "Art. 9")],
    needs: &[Kind::Register, Kind::RenderedPage, Kind::HomePage],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    let expected = match kind {
        InstitutionType::PartyGovernment => MarkClass::PartyGovernment,
        InstitutionType::PublicInstitution => MarkClass::PublicInstitution,
        InstitutionType::MassOrganisation => {
            return Ok(Judgement::not_applicable(text!(
                zh: "开办单位为群团机关，两类标识都可能由机构编制管理部门核发",
                en: "the owner is a mass organisation, to which the staffing office may issue a mark of either class"
            )));
        }
        InstitutionType::Other => return Ok(site::not_bound(kind)),
    };
    if let Some(column) = site::column(view.need()?) {
        return Ok(column);
    }
    let marks = class_bearers(view)?;
    if marks.is_empty() {
        return Ok(marks::none_shown());
    }
    let classes: BTreeSet<_> = marks.iter().filter_map(|mark| mark.class).collect();
    let Some(seen) = classes.iter().find(|class| **class != expected).or(classes.first()) else {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页标识图片为自行存放，无法由图片地址得知类别",
            en: "the mark's picture is self-hosted and its address does not tell the class"
        )));
    };
    let ((zh, en), Label { zh: kind_zh, en: kind_en }) = (name(*seen), kind.label());
    let judgement = if *seen == expected {
        Judgement::pass(
            text!(zh: "首页显示{zh}标识，与机构类型一致", en: "the home page shows the {en} mark, which fits the owner"),
        )
    } else {
        Judgement::violation(text!(
            zh: "开办单位为{kind_zh}，首页显示{zh}标识",
            en: "the owner is: {kind_en}; the home page shows the {en} mark"
        ))
    };
    Ok(judgement.fact("class", en).fact("expected", name(expected).1))
}

/// The marks that a visitor sees; without a browser's view, the pictures in the page's source that are not commented out.
fn class_bearers<'a>(view: &View<'a>) -> Result<Vec<&'a Mark>, Undetermined> {
    let rendered = view.need::<RenderedPage>().and_then(marks::shown);
    rendered.map(|shown| shown.into_iter().map(|seen| &seen.mark).collect()).or_else(|missing| {
        let source = view.need::<HomePage>().map_err(|_| missing.clone())?;
        let marks: Vec<_> = source.marks.iter().filter(|mark| marks::is_picture(mark)).collect();
        if marks.is_empty() { Err(missing) } else { Ok(marks) }
    })
}

/// The class in Chinese and, as a machine's name, in English.
fn name(class: MarkClass) -> (&'static str, &'static str) {
    match class {
        MarkClass::PartyGovernment => ("党政机关", "party_government"),
        MarkClass::PublicInstitution => ("事业单位", "public_institution"),
    }
}
