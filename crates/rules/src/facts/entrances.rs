//! Entrances as a visitor from the Internet meets them.

use model::facts::clients::{Entrance, EntrancePage, Entrances, SystemKind, Way};
use model::facts::page::HomePage;
use model::observation::{FailureClass, Outcome};
use model::text;
use model::text::Label;
use model::verdict::Undetermined;
use model::view::View;

/// What came of following an entrance.
#[derive(Debug)]
pub enum Door<'a> {
    /// Anybody gets to the page. A status of 401 is one: it asks who one is.
    Open(&'a EntrancePage),
    /// Nobody gets in from here: refused, a private address, or nothing is there.
    Shut,
    /// It is not known.
    Unclear,
}

/// What came of following an entrance.
pub fn door(entrance: &Entrance) -> Door<'_> {
    match &entrance.page {
        Outcome::Seen(page) => match page.status {
            200..=399 | 401 => Door::Open(page),
            403 | 404 | 410 => Door::Shut,
            _ => Door::Unclear,
        },
        Outcome::Failed(failure) => match failure.class {
            FailureClass::AccessDenied
            | FailureClass::AddressRefused
            | FailureClass::NotAPage
            | FailureClass::NameNotFound
            | FailureClass::NoAddress
            | FailureClass::ConnectionRefused => Door::Shut,
            _ => Door::Unclear,
        },
    }
}

/// The entrances that anybody gets to, with their pages.
pub fn open(entrances: &Entrances) -> impl Iterator<Item = (&Entrance, &EntrancePage)> {
    entrances.entrances.iter().filter_map(|entrance| match door(entrance) {
        Door::Open(page) => Some((entrance, page)),
        _ => None,
    })
}

/// Lets it count that no entrance of some kind was found.
///
/// # Errors
/// When the home page was not seen or is built by scripts that no browser ran, or entrances were not followed to their end.
pub fn absence(view: &View<'_>, entrances: &Entrances) -> Result<(), Undetermined> {
    let unclear = entrances.entrances.iter().filter(|entrance| matches!(door(entrance), Door::Unclear)).count();
    let beyond = entrances.beyond;
    if unclear > 0 || beyond > 0 {
        return Err(Undetermined::ambiguous(text!(
            zh: "有 {unclear} 个入口访问结果不明、{beyond} 个入口未访问",
            en: "{unclear} entrances gave no clear answer and {beyond} were not followed"
        )));
    }
    if !entrances.rendered && view.need::<HomePage>()?.script_built {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页内容由脚本生成，其中的入口不可见",
            en: "the home page is built by scripts, so the entrances in it were not seen"
        )));
    }
    Ok(())
}

/// True of the ways of commercial platforms.
pub fn is_platform(way: Way) -> bool {
    matches!(way, Way::WeChat | Way::Alipay | Way::DingTalk | Way::OtherPlatform)
}

/// A system in words.
pub fn system(kind: Option<SystemKind>) -> Label {
    let (zh, en) = match kind {
        Some(SystemKind::Office) => ("办公系统", "an office system"),
        Some(SystemKind::Vpn) => ("VPN 或远程接入", "a VPN or remote access"),
        Some(SystemKind::ContentManagement) => ("内容管理后台", "the back end of a content management system"),
        Some(SystemKind::Console) => ("管理控制台", "an administration console"),
        Some(SystemKind::Mail) => ("网页邮箱", "web mail"),
        Some(SystemKind::Business) => ("业务系统", "a business system"),
        None => ("工作人员", "a system for staff"),
    };
    Label { zh, en }
}
