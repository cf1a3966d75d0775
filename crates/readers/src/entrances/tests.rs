//! Pages of our own making, each with one trait of the entrances outside.

use std::net::{IpAddr, Ipv4Addr};

use model::facts::crawl::Place;
use model::facts::services::{AddressServices, Protocol, Service, Services};
use model::facts::web::{Header, Hop};
use proptest::prelude::*;

use super::*;

const URL: &str = "https://www.example.gov.cn/";

fn visit(urls: &[&str], status: u16, headers: &[(&str, &str)], cookies: &[&str]) -> Visit {
    let hop = |url: &&str| Hop {
        url: (*url).into(),
        host: crate::names::host("www.example.gov.cn").expect("a name"),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        version: "HTTP/1.1".into(),
        status,
        headers: headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect(),
        cookies: cookies.iter().filter_map(|cookie| crate::headers::cookie(cookie)).collect(),
        hsts: None,
        redirect: None,
    };
    Visit { start: urls[0].into(), hops: urls.iter().map(hop).collect(), broken: None, body: None }
}

fn of(html: &str) -> EntrancePage {
    page(&visit(&[URL], 200, &[], &[]), html, "")
}

const FORM: &str = "<form method=post><input name=u><input type=password name=p></form>";

#[test]
fn products_and_what_they_are() {
    let cases: &[(&str, &str, SystemKind)] = &[
        ("<title>泛微协同商务系统</title>", "泛微 e-cology", SystemKind::Office),
        ("<script src='/seeyon/common/js/jquery.js'></script>", "致远 OA", SystemKind::Office),
        ("<form action='/por/login_psw.csp?encrypt=0'>", "深信服 SSL VPN", SystemKind::Vpn),
        ("<title>Coremail 邮件系统</title>", "Coremail", SystemKind::Mail),
        ("<form id=\"loginform\" action=\"/wp-login.php\">", "WordPress", SystemKind::ContentManagement),
        ("<title>phpMyAdmin</title>", "phpMyAdmin", SystemKind::Console),
        ("<title>Oracle WebLogic Server 管理控制台</title>", "Oracle WebLogic 控制台", SystemKind::Console),
        ("<script src=/druid/submitLogin></script>", "Druid 监控", SystemKind::Console),
        ("<title>宝塔Linux面板</title>", "宝塔面板", SystemKind::Console),
    ];
    for (html, product, system) in cases {
        let found = of(&format!("{html}{FORM}"));
        assert_eq!(
            (found.product.as_deref(), found.system, found.audience),
            (Some(*product), Some(*system), Audience::Staff),
            "{html}"
        );
        assert_eq!(found.ways.first(), Some(&Way::Password), "{html}");
        assert!(!found.signs.is_empty());
    }
    let realm = [("www-authenticate", "Basic realm=\"Tomcat Manager Application\"")];
    let tomcat = page(&visit(&[URL], 401, &realm, &[]), "", "");
    assert_eq!(
        (tomcat.product.as_deref(), tomcat.ways.as_slice(), tomcat.status),
        (Some("Apache Tomcat Manager"), &[Way::Password][..], 401)
    );
    let cookie = page(&visit(&[URL], 200, &[], &["ecology_JSessionid=1"]), FORM, "");
    assert_eq!(cookie.product.as_deref(), Some("泛微 e-cology"));
}

#[test]
fn every_product_has_a_mark_and_a_plain_page_has_none() {
    for product in &WORDS.product {
        let marks = [&product.title, &product.body, &product.realm, &product.path, &product.cookie];
        assert!(marks.iter().any(|marks| !marks.is_empty()), "{}", product.name);
        for mark in marks.into_iter().flatten() {
            assert_eq!(*mark, plain(mark), "{}", product.name);
        }
    }
    let plain = of("<title>示例市人民政府</title><p>欢迎访问，本市举办会计与 Jenkins 培训，泛微公司中标。</p>");
    assert_eq!((plain.product, plain.system, plain.audience), (None, None, Audience::Unknown));
}

#[test]
fn for_whom() {
    let cases: &[(&str, &str, Audience)] = &[
        ("<title>网站后台管理</title>", "", Audience::Staff),
        ("<title>登录</title>", "OA系统", Audience::Staff),
        ("<title>用户登录</title><p>工作人员请使用内部账号</p>", "", Audience::Staff),
        ("<title>统一身份认证平台</title><p>个人登录 法人登录</p>", "", Audience::Public),
        ("<title>登录</title><a>立即注册</a>", "", Audience::Public),
        ("<title>登录</title><p>个人登录 工作人员</p>", "", Audience::Unknown),
        ("<title>登录</title>", "", Audience::Unknown),
        ("<title>Loading soap</title>", "", Audience::Unknown),
    ];
    for (html, words, audience) in cases {
        let found = page(&visit(&[URL], 200, &[], &[]), html, words);
        assert_eq!(found.audience, *audience, "{html} {words}");
    }
}

#[test]
fn ways_to_sign_in() {
    let cases: &[(&str, &[Way])] = &[
        (FORM, &[Way::Password]),
        ("<input placeholder=请输入短信验证码><button>获取验证码</button>", &[Way::Code]),
        ("<a href='https://open.weixin.qq.com/connect/qrconnect?appid=1'><img src=w.png></a>", &[Way::WeChat]),
        ("<script>new WxLogin({id:'x'})</script>", &[Way::WeChat]),
        ("<p>请使用微信扫码登录</p>", &[Way::WeChat]),
        ("<img alt=支付宝登录>", &[Way::Alipay]),
        ("<a href='https://login.dingtalk.com/oauth2/auth'>x</a>", &[Way::DingTalk]),
        ("<a title=QQ登录>", &[Way::OtherPlatform]),
        ("<a href='https://sso.gjzwfw.gov.cn/login'>登录</a>", &[Way::GovernmentAccount]),
        ("<p>国家网络身份认证</p>", &[Way::NationalIdentity]),
        ("<p>CA登录 UKey</p>", &[Way::Certificate]),
        ("<p>请用本市APP扫码登录</p>", &[Way::OwnApp]),
    ];
    for (html, ways) in cases {
        assert_eq!(of(html).ways, *ways, "{html}");
    }
}

#[test]
fn what_is_no_way_to_sign_in() {
    for html in [
        "<a>登录</a><a title=分享到微信 href='https://service.weibo.com/share'>分享</a>",
        "<p>登录</p><img alt=微信公众号二维码><p>扫码关注微信公众号</p>",
        "<p>登录 微信 微博</p>",
        "<input placeholder=验证码><p>登录</p>",
        "<p>互联网证券 登录</p>",
        "<!-- <a href='https://open.weixin.qq.com/connect/qrconnect'>微信登录</a> --><p>登录</p>",
        "<p>登录</p><input type=text name=password>",
    ] {
        assert_eq!(of(html).ways, [], "{html}");
    }
    let open = format!("<p>{}</p>", "本页可直接查询办件进度。".repeat(20));
    assert_eq!(of(&open).ways, [Way::Open]);
    assert_eq!(of(&format!("{open}<a>登录</a>")).ways, []);
    assert_eq!(of("<div id=app></div><script src=/app.js></script>").ways, []);
}

#[test]
fn a_sign_on_at_another_host() {
    let hops = [URL, "https://open.weixin.qq.com/connect/qrconnect?appid=1"];
    assert_eq!(page(&visit(&hops, 200, &[], &[]), "<p>扫一扫</p>", "登录").ways, [Way::WeChat]);
    let hops = [URL, "https://tyrz.gd.gov.cn/tif/sso/connect/page/oauth2/authorize"];
    let found = page(&visit(&hops, 200, &[], &[]), &format!("<title>统一身份认证平台</title>{FORM}"), "登录");
    assert_eq!((found.audience, found.ways), (Audience::Public, vec![Way::Password, Way::GovernmentAccount]));
}

fn links(html: &str) -> Vec<String> {
    let page = crate::page::read(html, URL);
    among(&page, &[], 8).chosen.into_iter().map(|candidate| candidate.url).collect()
}

#[test]
fn links_that_lead_to_entrances() {
    for (html, url) in [
        ("<a href=/user/index.do>登录</a>", "https://www.example.gov.cn/user/index.do"),
        ("<a href=/x/login.jsp>点这里</a>", "https://www.example.gov.cn/x/login.jsp"),
        ("<a href=/wp-login.php>管理</a>", "https://www.example.gov.cn/wp-login.php"),
        ("<a href=http://oa.example.gov.cn/>进入</a>", "http://oa.example.gov.cn/"),
        ("<a href=http://198.51.100.7:8080/x>OA系统</a>", "http://198.51.100.7:8080/x"),
        ("<a href=https://exmail.qq.com/login>邮箱</a>", "https://exmail.qq.com/login"),
        ("<a href=https://zwfw.province.gov.cn/x>网上办事大厅</a>", "https://zwfw.province.gov.cn/x"),
        ("<a href=/#/login>登录</a>", "https://www.example.gov.cn/"),
    ] {
        assert_eq!(links(html), [url], "{html}");
    }
    assert_eq!(links(FORM), [URL]);
}

#[test]
fn links_that_do_not() {
    for html in [
        "<a href=/news/1.html>台风“某某”登陆我省东部沿海</a>",
        "<a href=/law/1.html>示例市城市管理办法</a>",
        "<a href=/a/1.html>关于开展网上办事大厅登录方式调整有关事项的说明</a>",
        "<a href=https://service.weibo.com/share>分享到微博登录</a>",
        "<a href=https://mp.weixin.qq.com/x>登录</a>",
        "<a href=/app.apk>办公系统</a>",
        "<a href=/logout>退出登录</a>",
        "<a href=https://www.other.gov.cn/>国家政务服务平台</a>",
        "<a href=https://www.other.cn/admin/>友情链接</a>",
        "<a href=javascript:login()>登录</a>",
        "<a href=/news/loading.html>news</a>",
    ] {
        assert_eq!(links(html), [""; 0], "{html}");
    }
}

#[test]
fn clear_links_go_before_others() {
    let weak: String = (0..10).map(|number| format!("<a href=/s{number}>服务平台</a>")).collect();
    let page = crate::page::read(&format!("{weak}<a href=/u>登录</a><a href=/u#top>登录</a>"), URL);
    let place = Place { url: "https://www.example.gov.cn/admin/".into(), page: URL.into(), text: "x".into() };
    let found = among(&page, &[place], 4);
    let urls: Vec<(&str, &str)> =
        found.chosen.iter().map(|one| (one.url.rsplit(".cn").next().unwrap_or(""), one.found_by)).collect();
    assert_eq!(urls, [("/s0", "link"), ("/s1", "link"), ("/u", "link"), ("/admin/", "crawl")]);
    assert_eq!(found.beyond, 8);
}

#[test]
fn web_servers_on_other_ports() {
    let service = |port, inside_tls, protocol| Service { port, inside_tls, protocol: Some(protocol), ..Service::default() };
    let open = vec![
        service(22, false, Protocol::Ssh),
        service(80, false, Protocol::Http),
        service(443, true, Protocol::Http),
        service(8080, false, Protocol::Http),
        service(8443, true, Protocol::Http),
    ];
    let address = AddressServices { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), open, closed: 0, silent: 0, unfinished: None };
    let services =
        Services { host: "www.example.gov.cn".into(), addresses: vec![address.clone(), address], ..Services::default() };
    let urls: Vec<String> = of_services(&services).into_iter().map(|candidate| candidate.url).collect();
    assert_eq!(urls, ["http://www.example.gov.cn:8080/", "https://www.example.gov.cn:8443/"]);
}

#[test]
fn log_in_forms() {
    let html = "<form action=/search><input name=q></form><form action='do?a=1&amp;b=2' method=POST><input type=hidden name=token value='x&quot;'>\
        <input name=user><input type=checkbox name=keep><input type=PASSWORD name=pass><input type=submit name=go value=登录><button name=other>x</button></form>";
    let form = login_form(html, URL).expect("a form");
    assert_eq!(
        (form.action.as_str(), form.account.as_str(), form.password.as_str()),
        ("https://www.example.gov.cn/do?a=1&b=2", "user", "pass")
    );
    assert_eq!(form.others, [("token".into(), "x\"".into()), ("go".into(), "登录".to_owned())]);
    assert!(!form.captcha);
    let captcha = FORM.replace("</form>", "<img src=/kaptcha.jpg id=verifyCode></form>");
    assert!(login_form(&captcha, URL).is_some_and(|form| form.captcha));
    for none in [
        "<form method=post><input type=password name=p></form>",
        "<form method=post><input name=u><input type=password name=a><input type=password name=b></form>",
        "<form><input name=u><input type=password name=p></form>",
        "<input name=u><input type=password name=p>",
        "<form method=post action='javascript:x()'><input name=u><input type=password name=p></form>",
    ] {
        assert_eq!(login_form(none, URL), None, "{none}");
    }
}

proptest! {
    #[test]
    fn any_page_is_read(html in "(<a href=|<form method=post>|<input |type=password |name=|微信登录|登录|oa|[<>\"'/]|\\PC){0,40}", words in "\\PC{0,20}") {
        let found = page(&visit(&[URL], 200, &[], &[]), &html, &words);
        prop_assert!(found.signs.len() <= SIGNS && found.signs.iter().all(|sign| sign.len() <= SIGN));
        prop_assert!(!found.title.chars().chain(found.signs.concat().chars()).any(char::is_control));
        prop_assert!(among(&crate::page::read(&html, URL), &[], 8).chosen.len() <= 8);
        let _ = login_form(&html, URL);
    }
}
