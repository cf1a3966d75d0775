//! MARK002: the official mark is not at the bottom centre of the home page.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::rendered::{Rect, RenderedPage, SeenMark};
use model::permission::AccessLevel;
use model::policy::Policy;
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
    id: "MARK002",
    title: Label {
        zh: "网上标识不在首页底部中间位置", en: "official mark not at the bottom centre of the home page"
    },
    area: Area::Mark,
    scope: &[SubjectKind::Site],
    severity: Severity::Low,
    grade: Grade::Violation,
    basis: &[provisions("第九条第二款", "Art. 9 ¶2")],
    needs: &[Kind::Register, Kind::RenderedPage],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// Where the middle of a mark lies, in per mille of the page's size.
#[derive(Clone, Copy)]
struct Place {
    rect: Rect,
    /// Height above the page's lower edge.
    above_bottom: i64,
    /// Distance from the page's middle line; negative to the left.
    off_centre: i64,
}

impl Place {
    /// How far the place lies outside what the policy allows; zero inside.
    fn excess(self, policy: &Policy) -> i64 {
        let over = |distance: i64, allowed: u32| (distance - i64::from(allowed)).max(0);
        over(self.above_bottom, policy.mark_bottom_permille) + over(self.off_centre.abs(), policy.mark_centre_permille)
    }
}

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
    if page.width <= 0 || page.height <= 0 {
        return Err(Undetermined::ambiguous(text!(zh: "首页没有可度量的尺寸", en: "the home page has no size")));
    }
    let (policy, place) = (view.policy(), |seen: &&SeenMark| place(seen.rect, page));
    let Some(best) = shown.iter().map(place).min_by_key(|place| (place.excess(policy), place.above_bottom, place.rect)) else {
        return Ok(marks::none_shown());
    };
    let (side, up) = (best.off_centre.abs(), best.above_bottom);
    let (side_percent, up_percent) = (side / 10, up / 10);
    let low = up <= i64::from(policy.mark_bottom_permille);
    let central = side <= i64::from(policy.mark_centre_permille);
    let judgement = match (low, central) {
        (true, true) => {
            Judgement::pass(text!(zh: "网上标识位于首页底部中间位置", en: "the mark lies at the bottom centre of the home page"))
        }
        (true, false) => Judgement::violation(text!(
            zh: "网上标识位于首页底部，但中心偏离页面中线，偏离量为页面宽度的 {side_percent}%",
            en: "the mark lies at the bottom, but {side_percent} % of the page's width off its middle line"
        )),
        (false, true) => Judgement::violation(text!(
            zh: "网上标识居中，但中心距首页底边为页面高度的 {up_percent}%",
            en: "the mark lies on the middle line, but {up_percent} % of the page's height above its lower edge"
        )),
        (false, false) => Judgement::violation(text!(
            zh: "网上标识中心距首页底边为页面高度的 {up_percent}%，偏离页面中线为页面宽度的 {side_percent}%",
            en: "the mark lies {up_percent} % of the page's height above its lower edge and {side_percent} % of its width off the middle line"
        )),
    };
    let Place { rect, off_centre, .. } = best;
    let judgement = judgement
        .fact("above_bottom_permille", up)
        .fact("off_centre_permille", off_centre)
        .fact("box", format!("{},{} {}x{}", rect.x, rect.y, rect.width, rect.height))
        .fact("page", format!("{}x{}", page.width, page.height))
        .region(Kind::RenderedPage, rect, text!(zh: "网上标识", en: "official mark"));
    on_own_page(judgement, register, &page.page.url)
}

fn place(rect: Rect, page: &RenderedPage) -> Place {
    let (width, height) = (i64::from(page.width), i64::from(page.height));
    // Twice the middles, so that halves stay whole.
    let middle_x = 2 * i64::from(rect.x) + i64::from(rect.width);
    let middle_y = 2 * i64::from(rect.y) + i64::from(rect.height);
    Place {
        rect,
        above_bottom: (2 * height - middle_y) * 1000 / (2 * height),
        off_centre: (middle_x - width) * 1000 / (2 * width),
    }
}
