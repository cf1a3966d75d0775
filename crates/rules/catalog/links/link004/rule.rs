//! LINK004: a 党政机关's portal that lets visitors leave for other sites without an explicit prompt.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::rendered::{Click, ClickTest};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{domains, exit_prompt::is_exit_prompt, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "LINK004",
    title: Label {
        zh: "跳转到非党政机关网站时未予明确提示", en: "no prompt on leaving for a non-government site"
    },
    area: Area::Links,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第十五条", "Art. 15")],
    needs: &[Kind::Register, Kind::ClickTest],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// As many addresses as a verdict names.
const NAMED: usize = 5;

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_organ() {
        return Ok(site::not_an_organ(kind));
    }
    let register = view.need::<Register>()?;
    let portal = site::portal(register);
    if portal == Some(false) {
        return Ok(Judgement::not_applicable(
            text!(zh: "不是门户网站，本条只约束党政机关门户网站", en: "not a portal; this duty binds the portals of party and government organs"),
        ));
    }
    let test = view.need::<ClickTest>()?;
    let candidates = test.candidates;
    if candidates == 0 {
        return Ok(Judgement::not_applicable(
            text!(zh: "首页没有指向非党政机关网站的链接", en: "no link on the home page leads to a non-government site"),
        ));
    }
    if portal.is_none() {
        return Err(site::portal_unknown(site::host(register)?));
    }
    let of = |wanted| test.clicks.iter().filter(move |click| effect(click) == wanted);
    let (left, prompted, clicked) = (of(Effect::Left).count(), of(Effect::Prompted).count(), test.clicks.len());
    let described = |judgement: Judgement| {
        judgement.fact("candidates", candidates).fact("clicked", clicked).fact("prompted", prompted).fact("left_silently", left)
    };
    if left > 0 {
        let named: Vec<_> = of(Effect::Left).take(NAMED).map(|click| click.url.as_str()).collect();
        let first = named.first().copied().unwrap_or_default();
        let reason = text!(
            zh: "点击 {clicked} 个指向非党政机关网站的链接，其中 {left} 个未予提示即跳转，例如 {first}",
            en: "{left} of {clicked} links to non-government sites lead away without a prompt when clicked, for example {first}"
        );
        let violation = described(Judgement::violation(reason)).fact("links", named.join(" "));
        return Ok(of(Effect::Left).filter(|click| !click.rect.is_empty()).fold(violation, |violation, click| {
            let url = &click.url;
            violation.region(
                Kind::ClickTest,
                click.rect,
                text!(zh: "未予提示即跳转：{url}", en: "leaves without a prompt: {url}"),
            )
        }));
    }
    if prompted == 0 {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页有 {candidates} 个指向非党政机关网站的链接，点击 {clicked} 个，均未观察到跳转或提示",
            en: "of {candidates} links to non-government sites {clicked} were clicked; none was seen to leave or to prompt"
        )));
    }
    let reason = text!(
        zh: "点击 {clicked} 个指向非党政机关网站的链接，{prompted} 个出现明确提示，没有未予提示即跳转的",
        en: "of {clicked} links clicked {prompted} show an explicit prompt, and none leaves without one"
    );
    Ok(described(Judgement::pass(reason)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The visitor is told.
    Prompted,
    /// The page leaves, and the visitor is not told or not asked.
    Left,
    /// Neither was seen, the page left for another government's host, or the link could not be clicked.
    Unclear,
}

fn effect(click: &Click) -> Effect {
    let says = |words: Option<&str>| words.is_some_and(is_exit_prompt);
    // A page in between and a browser's dialog have been seen before the page leads on; an overlay that does not wait has not.
    let seen_first = says(click.dialog.as_deref()) || says(click.interstitial.as_ref().map(|page| page.text.as_str()));
    match &click.left_for {
        _ if click.failure.is_some() => Effect::Unclear,
        _ if seen_first => Effect::Prompted,
        Some(url) if !domains::is_government_address(url) => Effect::Left,
        _ if says(click.appeared.as_deref()) => Effect::Prompted,
        _ => Effect::Unclear,
    }
}
