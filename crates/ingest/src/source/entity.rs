//! Under which entity a source's word is filed. The spelling is that of the crate `ledger`, which joins what is filed here.

use model::ledger::entity::{EntityId, EntityKind};
use model::name::HostName;
use model::uscc::Uscc;
use readers::names::Address;
use readers::organisations;

use crate::source::table::half_width;

/// The longest key in characters.
const LONGEST: usize = 200;

/// An institution: by its code, or by `~` and its plain name where no code is known; `None` when neither says anything.
pub fn institution(uscc: Option<&Uscc>, name: &str) -> Option<EntityId> {
    match uscc {
        Some(code) => Some(EntityId::new(EntityKind::Institution, code.as_str())),
        None => Some(EntityId::new(EntityKind::Institution, format!("~{}", plain(name)?))),
    }
}

/// Something that goes by a name alone: a cloud platform, a supplier.
pub fn named(kind: EntityKind, name: &str) -> Option<EntityId> {
    plain(name).map(|name| EntityId::new(kind, name))
}

fn plain(name: &str) -> Option<String> {
    let plain: String = organisations::normalise(name).chars().take(LONGEST).collect();
    (!plain.is_empty()).then_some(plain)
}

/// A web site by its address; `http` and `https` are one site.
pub fn site(address: &Address) -> EntityId {
    let port = address.port.map(|port| format!(":{port}")).unwrap_or_default();
    EntityId::new(EntityKind::Site, format!("{}{port}{}", address.host.ascii, address.path))
}

/// A registrable domain; an IP address as such; a bare public suffix as a host.
pub fn domain(host: &HostName) -> EntityId {
    match &host.registrable {
        Some(domain) => EntityId::new(EntityKind::Domain, domain.as_str()),
        None if host.suffix.is_empty() => EntityId::new(EntityKind::Address, host.ascii.as_str()),
        None => EntityId::new(EntityKind::Host, host.ascii.as_str()),
    }
}

/// A filing or registration by its number: half width, capitals, no blanks.
pub fn filing(number: &str) -> EntityId {
    EntityId::new(EntityKind::Filing, written(number).to_uppercase())
}

/// A mini program or public account: `platform/id`.
pub fn on_platform(kind: EntityKind, platform: &str, id: &str) -> EntityId {
    EntityId::new(kind, format!("{}/{}", platform_word(platform), written(id)))
}

/// A number or id in one spelling.
fn written(text: &str) -> String {
    text.chars().map(half_width).filter(|character| !character.is_whitespace()).take(LONGEST).collect()
}

/// One name for a platform, which goes by several.
pub fn platform_word(platform: &str) -> String {
    let plain = organisations::normalise(platform);
    let known = match plain.as_str() {
        "微信" | "weixin" | "wechat" | "微信公众平台" | "微信小程序" => "wechat",
        "支付宝" | "alipay" | "支付宝小程序" => "alipay",
        "百度" | "baidu" | "百度智能小程序" => "baidu",
        "抖音" | "douyin" | "抖音小程序" => "douyin",
        "微博" | "新浪微博" | "weibo" => "weibo",
        "快手" | "kuaishou" => "kuaishou",
        "今日头条" | "头条号" | "toutiao" => "toutiao",
        _ => return plain.chars().take(LONGEST).collect(),
    };
    known.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_each() {
        let code: Uscc = "91350100M000100Y43".parse().expect("the example of the standard");
        let written = |entity: Option<EntityId>| entity.map(|entity| entity.to_string()).unwrap_or_default();
        assert_eq!(written(institution(Some(&code), "某公司")), "institution:91350100M000100Y43");
        assert_eq!(written(institution(None, "清河县（本级） 教育局")), "institution:~清河县(本级)教育局");
        assert_eq!(written(institution(None, " · ")), "");
        assert_eq!(filing("京icp备 05000001号－1").to_string(), "filing:京ICP备05000001号-1");
        assert_eq!(on_platform(EntityKind::MiniProgram, "微信", "gh_ａ1").to_string(), "mini:wechat/gh_a1");
        let host = |text: &str| domain(&readers::names::host(text).expect("a host")).to_string();
        assert_eq!(
            (host("www.x.gov.cn"), host("192.0.2.1"), host("gov.cn")),
            ("domain:x.gov.cn".into(), "address:192.0.2.1".into(), "host:gov.cn".into())
        );
    }
}
