//! Under which entity a source's word is filed: one spelling of each thing, so that what sources say of it meets.

use model::institution::{Application, ApplicationKind, DivisionCode};
use model::ledger::entity::{EntityId, EntityKind};
use model::name::HostName;
use model::uscc::Uscc;
use readers::names::Address;
use readers::words::half_width;

use crate::names;

/// The longest key in characters. Sources that write more write no number, package or account id.
const LONGEST: usize = 200;

/// An institution: by its code, or by its plain name where no code is known; `None` when neither says anything.
pub fn institution(uscc: Option<&Uscc>, name: &str) -> Option<EntityId> {
    if let Some(code) = uscc {
        return Some(EntityId::new(EntityKind::Institution, code.as_str()));
    }
    let plain = names::plain(name);
    (!plain.is_empty()).then(|| EntityId::new(EntityKind::Institution, format!("~{plain}")))
}

/// An application. A site or mail system whose host was not read is none.
pub fn application(application: &Application) -> Option<EntityId> {
    let key = match application.kind {
        ApplicationKind::WebSite => format!("{}{}", application.authority()?, application.path),
        ApplicationKind::MailSystem => application.host.as_ref()?.ascii.clone(),
        ApplicationKind::MobileApp => written(&application.address)?,
        ApplicationKind::MiniProgram | ApplicationKind::PublicAccount => match application.address.split_once('/') {
            Some((platform, id)) => return on_platform(EntityKind::of_application(application.kind), platform, id),
            None => written(&application.address)?,
        },
    };
    Some(EntityId::new(EntityKind::of_application(application.kind), key))
}

/// A web site by its address; `http` and `https` are one site.
pub fn site(address: &Address) -> EntityId {
    let port = address.port.map(|port| format!(":{port}")).unwrap_or_default();
    EntityId::new(EntityKind::Site, format!("{}{port}{}", address.host.ascii, address.path))
}

/// A host name or IP address as an asset.
pub fn host(host: &HostName) -> EntityId {
    let kind = if host.suffix.is_empty() { EntityKind::Address } else { EntityKind::Host };
    EntityId::new(kind, host.ascii.as_str())
}

/// The registrable domain of a host; `None` for an IP address or a bare public suffix.
pub fn domain(host: &HostName) -> Option<EntityId> {
    host.registrable.as_ref().map(|domain| EntityId::new(EntityKind::Domain, domain.as_str()))
}

/// A filing or registration by its number: half width, capitals, no blanks.
pub fn filing(number: &str) -> Option<EntityId> {
    let number = written(number)?.to_ascii_uppercase();
    Some(EntityId::new(EntityKind::Filing, number))
}

/// Something that goes by a name alone: a cloud platform, a supplier.
pub fn named(kind: EntityKind, name: &str) -> Option<EntityId> {
    let plain = names::plain(name);
    (!plain.is_empty()).then(|| EntityId::new(kind, plain))
}

/// A mini program or public account: `platform/id`; `None` when nothing is left of the id.
pub fn on_platform(kind: EntityKind, platform: &str, id: &str) -> Option<EntityId> {
    Some(EntityId::new(kind, format!("{}/{}", platform_word(platform), written(id)?)))
}

/// One name for a platform, which goes by several.
pub fn platform_word(platform: &str) -> String {
    let plain = names::plain(platform);
    let known = match plain.as_str() {
        "微信" | "weixin" | "wechat" | "微信公众平台" | "微信小程序" => "wechat",
        "支付宝" | "alipay" | "支付宝小程序" => "alipay",
        "百度" | "baidu" | "百度智能小程序" => "baidu",
        "抖音" | "douyin" | "抖音小程序" => "douyin",
        "微博" | "新浪微博" | "weibo" => "weibo",
        "快手" | "kuaishou" => "kuaishou",
        "今日头条" | "头条号" | "toutiao" => "toutiao",
        _ => return plain,
    };
    known.into()
}

/// A division.
pub fn division(code: &DivisionCode) -> EntityId {
    EntityId::new(EntityKind::Division, code.as_str())
}

/// The number of the subject in the number of an ICP filing: 京ICP备05000001号-1 → 京ICP备05000001号. Numbers without a serial are the
/// subject's already.
pub fn icp_subject(number: &str) -> Option<String> {
    let number = written(number)?.to_ascii_uppercase();
    number.contains("ICP").then(|| number.split_once("号").map_or_else(|| number.clone(), |(base, _)| format!("{base}号")))
}

/// A number or id in one spelling; `None` when nothing is left.
fn written(text: &str) -> Option<String> {
    let seen = |character: &char| !character.is_control() && !character.is_whitespace();
    let key: String = text.chars().map(half_width).filter(seen).take(LONGEST).collect();
    (!key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn institutions_are_known_by_code_then_by_plain_name() {
        let code: Uscc = "91350100M000100Y43".parse().expect("the example of the standard");
        let written = |uscc, name| institution(uscc, name).map(|entity| entity.to_string());
        assert_eq!(written(Some(&code), "某公司").as_deref(), Some("institution:91350100M000100Y43"));
        assert_eq!(written(None, "清河县 教育局").as_deref(), Some("institution:~清河县教育局"));
        assert_eq!(written(None, " · "), None);
    }

    #[test]
    fn a_site_is_one_however_its_address_is_written() {
        let of = |text| site(&readers::names::address(text).expect(text)).to_string();
        assert_eq!(of("https://WWW.Example.gov.cn/"), "site:www.example.gov.cn");
        assert_eq!(of("www.example.gov.cn:443"), of("http://www.example.gov.cn/index.html"));
        assert_eq!(of("http://www.example.gov.cn:8080/oa"), "site:www.example.gov.cn:8080/oa");
    }

    #[test]
    fn filings_in_one_spelling() {
        assert_eq!(filing("京icp备 05000001号－1").map(|filing| filing.key).as_deref(), Some("京ICP备05000001号-1"));
        assert_eq!(icp_subject("京ICP备05000001号-12A").as_deref(), Some("京ICP备05000001号"));
        assert_eq!(icp_subject("京ICP备05000001号").as_deref(), Some("京ICP备05000001号"));
        assert_eq!(icp_subject("京公网安备11010102000001号"), None);
    }

    #[test]
    fn what_lives_on_platforms_in_one_spelling() {
        let of = |platform, id| on_platform(EntityKind::MiniProgram, platform, id).map(|entity| entity.to_string());
        assert_eq!(of("微信", "gh_ａ1").as_deref(), Some("mini:wechat/gh_a1"));
        assert_eq!(of("微信公众平台", " "), None);
        let address = "微信/gh_a1".to_owned();
        let listed = Application { kind: ApplicationKind::MiniProgram, address, ..Application::default() };
        assert_eq!(application(&listed), on_platform(EntityKind::MiniProgram, "WeChat", "gh_a1"));
    }

    #[test]
    fn assets_tell_names_from_addresses() {
        let of = |text| host(&readers::names::host(text).expect(text)).to_string();
        assert_eq!((of("192.0.2.7"), of("a.example.gov.cn")), ("address:192.0.2.7".into(), "host:a.example.gov.cn".into()));
    }
}
