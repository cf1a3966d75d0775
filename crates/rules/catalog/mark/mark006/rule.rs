//! MARK006: a mark of the wrong class: the organs' mark on a 事业单位's site or the reverse.

use model::facts::Kind;
use model::facts::page::{HomePage, Mark, MarkClass};
use model::facts::register::Register;
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
use crate::facts::rendered::on_own_page;
use crate::facts::{marks, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "MARK006",
    title: Label { zh: "网上标识类别与机构类型不符", en: "official mark of the wrong class" },
    area: Area::Mark,
    scope: &[SubjectKind::Site],
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
    match kind {
        InstitutionType::PartyGovernment | InstitutionType::PublicInstitution => {}
        InstitutionType::MassOrganisation => {
            return Ok(Judgement::not_applicable(text!(
                zh: "开办单位为群团机关，两类标识都可能由机构编制管理部门核发",
                en: "the owner is a mass organisation, to which the staffing office may issue a mark of either class"
            )));
        }
        InstitutionType::Other => return Ok(site::not_bound(kind)),
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let (url, marks) = class_bearers(view)?;
    if marks.is_empty() {
        return Ok(marks::none_shown());
    }
    let stated = |mark: &Mark| mark.class.map(bearer);
    let wrong: Vec<_> = marks.iter().copied().filter(|mark| stated(mark).is_some_and(|class| class != kind)).collect();
    let Some(class) = wrong.iter().chain(&marks).copied().find_map(stated) else {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页标识图片为自行存放，无法由图片地址得知类别",
            en: "the mark's picture is self-hosted and its address does not tell the class"
        )));
    };
    let (Label { zh: owner_zh, en: owner_en }, Label { zh, en }) = (kind.label(), class.label());
    let judgement = if wrong.is_empty() {
        Judgement::pass(
            text!(zh: "开办单位为{owner_zh}，首页显示{zh}标识", en: "the home page shows the mark of its owner's class: {en}"),
        )
    } else if wrong.iter().any(|mark| marks::is_registrys(mark)) {
        Judgement::violation(text!(
            zh: "开办单位为{owner_zh}，首页显示{zh}标识",
            en: "the owner is: {owner_en}; the home page shows the mark of another class: {en}"
        ))
    } else {
        Judgement::review(text!(
            zh: "开办单位为{owner_zh}，首页自行存放的标识图片按文件名为{zh}标识",
            en: "the owner is: {owner_en}; by its file name the self-hosted picture of the mark is of another class: {en}"
        ))
    };
    let judgement = judgement.fact("class", machine_name(class)).fact("expected", machine_name(kind));
    on_own_page(judgement, register, url)
}

/// The page's address and the marks that a visitor sees; without a browser's view, the pictures in the page's source that are not
/// commented out.
fn class_bearers<'a>(view: &View<'a>) -> Result<(&'a str, Vec<&'a Mark>), Undetermined> {
    let shown = |page: &'a RenderedPage| {
        let shown = marks::shown(page)?;
        Ok((page.page.url.as_str(), shown.into_iter().map(|seen| &seen.mark).collect()))
    };
    view.need::<RenderedPage>().and_then(shown).or_else(|missing| {
        let source = view.need::<HomePage>().map_err(|_| missing.clone())?;
        let marks: Vec<_> = source.marks.iter().filter(|mark| marks::is_picture(mark)).collect();
        if marks.is_empty() { Err(missing) } else { Ok((source.url.as_str(), marks)) }
    })
}

/// The type of institution whose mark it is.
fn bearer(class: MarkClass) -> InstitutionType {
    match class {
        MarkClass::PartyGovernment => InstitutionType::PartyGovernment,
        MarkClass::PublicInstitution => InstitutionType::PublicInstitution,
    }
}

fn machine_name(kind: InstitutionType) -> &'static str {
    if kind == InstitutionType::PublicInstitution { "public_institution" } else { "party_government" }
}
