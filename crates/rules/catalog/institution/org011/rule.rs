//! ORG011: duties towards contractors.

use model::facts::Kind;
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{attested, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG011",
    title: Label { zh: "外包开发运维的安全管理责任未落实", en: "duties towards contractors not met" },
    area: Area::Institution,
    scope: &[SubjectKind::Site, SubjectKind::Mail],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第二十五条", "Art. 25")],
    needs: &[Kind::Register, Kind::Attestation],
    level: AccessLevel::L0,
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
    let answers = attested::answers(view)?;
    let asked = Label { zh: "是否外包开发或运维", en: "whether building or running it is outsourced" };
    match answers.outsourced {
        None => return Err(attested::unanswered(asked)),
        Some(false) => {
            let none = text!(zh: "单位填报未外包开发和运维", en: "the institution declares that nothing is outsourced");
            return Ok(attested::declared(Judgement::not_applicable(none), answers));
        }
        Some(true) => {}
    }
    let duties = [
        (
            answers.contract_duties,
            Label { zh: "合同是否明确外包单位安全责任", en: "whether the contract names the contractor's duties" },
            Label {
                zh: "合同等未明确外包单位的网络和数据安全责任", en: "no contract names the contractor's duties of security"
            },
        ),
        (
            answers.top_privileges_own,
            Label {
                zh: "最高管理员权限是否由本单位在编人员负责", en: "whether the highest privileges are with own staff"
            },
            Label {
                zh: "最高管理员权限不由本单位在编人员专人负责", en: "the highest privileges are not with own staff"
            },
        ),
        (
            answers.grants_withdrawn,
            Label { zh: "授权期满是否及时收回权限", en: "whether ended grants are withdrawn" },
            Label {
                zh: "外包人员授权期满后未及时收回权限", en: "ended grants to the contractor's staff are not withdrawn"
            },
        ),
    ];
    let met = text!(
        zh: "单位填报已以合同明确外包单位责任，最高权限由本单位掌握，期满权限及时收回",
        en: "the institution declares that contract, highest privileges and ended grants are as they should be"
    );
    attested::duties(answers, &duties, met)
}
