//! VULN003: nothing protects the site.

use model::facts::Kind;
use model::facts::hosting::{Hosting, ProviderRole};
use model::facts::proofs::Provocation;
use model::facts::technology::Technologies;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Cause, Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN003",
    title: Label { zh: "未见应用防护措施", en: "no protection in front of the site" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Review,
    basis: &[provisions("第三条", "Art. 3")],
    needs: &[Kind::Register, Kind::Technologies, Kind::Hosting, Kind::Provocation],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    if let Some(judgement) = view.need::<Provocation>().ok().and_then(provoked) {
        return Ok(judgement);
    }
    let technologies = view.need::<Technologies>()?;
    let hosting = view.need::<Hosting>().ok();
    let of_role = |role| hosting.map(|hosting| providers(hosting, role)).unwrap_or_default();
    let mut devices: Vec<&str> = technologies.protection.iter().map(|device| device.name.as_str()).collect();
    devices.extend(of_role(ProviderRole::Waf));
    devices.dedup();
    if !devices.is_empty() {
        let devices = devices.join(", ");
        let reason = text!(zh: "识别出防护设备或服务：{devices}", en: "a protection device or service is recognised: {devices}");
        return Ok(Judgement::pass(reason).fact("devices", devices));
    }
    if technologies.catalogues.is_empty() {
        let reason = text!(zh: "未导入防护设备指纹库", en: "no set of fingerprints of protection devices is loaded");
        return Err(Undetermined::new(Cause::ListNotLoaded("fingerprints".into()), reason));
    }
    let delivery = of_role(ProviderRole::Cdn).join(", ");
    let reason = if delivery.is_empty() {
        text!(
            zh: "未见防护设备或服务的特征（未做主动验证）",
            en: "no sign of a protection device or service is seen; nothing was tried out"
        )
    } else {
        text!(
            zh: "使用内容分发服务（{delivery}），未见其提供防护的特征（未做主动验证）",
            en: "a delivery network stands in front ({delivery}); no sign of protection is seen, and nothing was tried out"
        )
    };
    Ok(Judgement::advice(reason).fact("delivery", delivery))
}

/// What a provocation showed; `None` when the plain request got no page either, so that nothing can be compared.
fn provoked(seen: &Provocation) -> Option<Judgement> {
    let device = seen.device.as_deref().unwrap_or_default();
    let judgement = if seen.stopped {
        Judgement::pass(text!(zh: "防护设备拦截了试探请求", en: "a harmless provocation was stopped"))
    } else if matches!(seen.plain, 200..400) {
        let url = &seen.url;
        Judgement::review(text!(
            zh: "带有攻击特征的无害请求未被拦截：{url}",
            en: "a harmless request that looks like an attack was not stopped: {url}"
        ))
    } else {
        return None;
    };
    let status = seen.provoked.map_or_else(|| "-".into(), |status| status.to_string());
    Some(judgement.fact("device", device).fact("plain", seen.plain).fact("provoked", status))
}

fn providers(hosting: &Hosting, role: ProviderRole) -> Vec<&str> {
    let signs = hosting.addresses.iter().flat_map(|address| &address.providers).chain(&hosting.providers);
    let mut names: Vec<&str> = signs.filter(|sign| sign.role == role).map(|sign| sign.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
