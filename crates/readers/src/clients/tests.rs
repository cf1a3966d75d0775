//! Pages and scripts of our own making, each with one way to ask for a client.

use proptest::prelude::*;

use super::*;

const URL: &str = "http://www.example.gov.cn/";

fn of(html: &str, scripts: &[(&str, &[u8])]) -> Vec<(Client, bool)> {
    let page = crate::page::read(html, URL);
    demands(html, &page, scripts.iter().copied()).into_iter().map(|demand| (demand.client, demand.compelling)).collect()
}

fn script(text: &str) -> Vec<(Client, bool)> {
    of("", &[("/a.js", text.as_bytes())])
}

fn says(text: &str) -> Vec<(Client, bool)> {
    sentence::demands(text).into_iter().map(|asked| (asked.client, asked.compelling)).collect()
}

#[test]
fn markup_that_loads_a_client() {
    let cases: &[(&str, Client)] = &[
        ("<object classid='clsid:D27CDB6E-AE6D-11cf-96B8-444553540000'><param name=movie value=a.swf></object>", Client::Flash),
        ("<embed type='application/x-shockwave-flash' src=/a>", Client::Flash),
        ("<embed src='/banner.SWF?v=1'>", Client::Flash),
        ("<object data='data:application/x-silverlight-2,' type='application/x-silverlight-2'></object>", Client::Silverlight),
        ("<applet code=A.class></applet>", Client::Applet),
        ("<object classid='clsid:{01234567-89AB-CDEF-0123-456789ABCDEF}' codebase=sign.cab>", Client::ActiveX),
        ("<object classid='CLSID:6BF52A52-394A-11D3-B153-00C04F79FAA6'></object>", Client::PlugIn),
    ];
    for (html, client) in cases {
        assert_eq!(of(html, &[]), [(*client, true)], "{html}");
    }
    assert_eq!(of("<object type=application/pdf data=a.pdf></object><embed src=a.mp4><object type=image/svg+xml>", &[]), []);
}

#[test]
fn another_way_beside_a_plug_in() {
    assert_eq!(of("<video src=a.mp4><object data=a.swf></object></video>", &[]), [(Client::Flash, false)]);
    assert_eq!(of("<object data=a.swf><img src=a.png></object>", &[]), [(Client::Flash, false)]);
    assert_eq!(of("<object data=a.swf><a href=//get.adobe.com>请安装</a></object><img src=b>", &[]), [(Client::Flash, true)]);
    assert_eq!(of("<!-- <embed src=a.swf> --><!--[if IE]><object classid=clsid:1></object><![endif]-->", &[]), []);
}

#[test]
fn old_ways_and_tests_are_no_demands() {
    for text in [
        "var x = window.XMLHttpRequest ? new XMLHttpRequest() : new ActiveXObject('Microsoft.XMLHTTP');",
        "try{return new ActiveXObject(\"MSXML2.XMLHTTP.3.0\")}catch(e){}",
        "new ActiveXObject(versions[i])",
        "try { new ActiveXObject('ShockwaveFlash.ShockwaveFlash') } catch (e) {}",
        "// new ActiveXObject('Word.Application')\n/* alert('请使用IE浏览器') navigator.userAgent */",
        "if (document.all) { el.attachEvent('onclick', f) } var isIE = /msie/i.test(navigator.userAgent);",
        "if (navigator.userAgent.indexOf('MSIE 6') > 0) alert('您的浏览器版本过低，请升级浏览器')",
    ] {
        assert_eq!(script(text), [], "{text}");
    }
}

#[test]
fn controls_and_movies_in_scripts() {
    assert_eq!(script("var w = new ActiveXObject('Word.Application');"), [(Client::OfficeSuite, true)]);
    assert_eq!(script("if(window.ActiveXObject){ w = new ActiveXObject(\"Sign.Ctrl.1\") }"), [(Client::ActiveX, false)]);
    assert_eq!(script("o=new ActiveXObject('NTKO.OfficeControl')"), [(Client::ActiveX, true)]);
    assert_eq!(script("swfobject.embedSWF('/f/a.swf', 'x', 1, 1)"), [(Client::Flash, true)]);
    assert_eq!(script("var fallback = 'ZeroClipboard.swf';"), [(Client::Flash, false)]);
    assert_eq!(script("Silverlight.createObjectEx({source:'a.xap'})"), [(Client::Silverlight, true)]);
}

#[test]
fn gates() {
    let gate = "if (navigator.userAgent.indexOf('Trident') < 0) { alert('本系统请使用IE浏览器访问！'); location = '/ie.html'; }";
    assert_eq!(script(gate), [(Client::InternetExplorer, true)]);
    assert_eq!(of(&format!("<script>{gate}</script>"), &[]), [(Client::InternetExplorer, true)]);
    let escaped = r"if(!isIE){document.write('\u8bf7\u4f7f\u7528IE\u6d4f\u89c8\u5668')}";
    assert_eq!(script(escaped), [(Client::InternetExplorer, true)]);
    // A message that something may show some time turns nobody away by itself.
    assert_eq!(script("var messages = { print: '请使用IE浏览器打印' };"), [(Client::InternetExplorer, false)]);
    let (gbk, _, _) = encoding_rs::GBK.encode(gate);
    assert_eq!(of("", &[("/a.js", &gbk)]), [(Client::InternetExplorer, true)]);
}

#[test]
fn sentences_that_compel() {
    for (text, client) in [
        ("请使用IE浏览器访问本系统", Client::InternetExplorer),
        ("本网站仅支持 IE 浏览器", Client::InternetExplorer),
        ("请使用IE8以上版本", Client::InternetExplorer),
        ("本系统不支持非IE浏览器", Client::InternetExplorer),
        ("请切换到兼容模式浏览", Client::InternetExplorer),
        ("本系统仅支持360浏览器极速模式", Client::GivenBrowser),
        ("不支持IE浏览器，请使用谷歌浏览器", Client::GivenBrowser),
        ("请在微信客户端打开链接", Client::GivenBrowser),
        ("请先安装控件", Client::PlugIn),
        ("您未安装签名控件，无法登录", Client::PlugIn),
        ("请安装 Flash Player 插件后观看", Client::Flash),
        ("请下载WPS/Office 打开", Client::OfficeSuite),
        ("ＩＥ：请使用ＩＥ浏览器", Client::InternetExplorer),
    ] {
        assert_eq!(says(text), [(client, true)], "{text}");
        assert!(turned_away(text).is_some(), "{text}");
    }
}

#[test]
fn sentences_that_leave_the_choice() {
    for text in [
        "建议使用Chrome、Edge等浏览器以获得最佳体验",
        "推荐使用IE8以上浏览器，1024×768分辨率",
        "请使用Chrome、Firefox、Edge浏览器",
        "为获得更好的体验，请使用360浏览器",
        "请使用谷歌等主流浏览器",
        "您的IE版本过低，请升级到IE9以上或使用Chrome浏览器",
    ] {
        let said = says(text);
        assert!(!said.is_empty() && said.iter().all(|(_, compelling)| !compelling), "{text}: {said:?}");
        assert_eq!(turned_away(text), None, "{text}");
    }
}

#[test]
fn sentences_that_name_a_browser_for_something_else() {
    for text in [
        "微软宣布停止支持IE浏览器",
        "本站支持IE、Chrome、Firefox",
        "关于防范Flash漏洞的通知",
        "We believe in diet and science",
        "请使用身份证办理",
        "WPS培训班开班",
        "本站已不支持IE浏览器",
    ] {
        assert_eq!(says(text), [], "{text}");
    }
}

#[test]
fn pages_that_turn_away() {
    assert!(turned_away("您的浏览器版本过低，请升级浏览器").is_some());
    assert_eq!(turned_away("请使用电脑访问本网站").as_deref(), Some("请使用电脑访问本网站"));
    let long = format!("{} 您的浏览器版本过低", "政务公开".repeat(500));
    assert_eq!(turned_away(&long), None);
    assert_eq!(turned_away("示例市人民政府 政务公开 办事服务"), None);
}

#[test]
fn demands_are_bounded_and_told_once() {
    let many = "<embed src=a.swf>".repeat(500);
    assert_eq!(of(&many, &[]), [(Client::Flash, true)]);
    let hinted = "<p>建议使用IE浏览器</p><script>if(!isIE)alert('请使用IE浏览器')</script>";
    assert_eq!(of(hinted, &[]), [(Client::InternetExplorer, true)]);
    let page = crate::page::read("", URL);
    let addresses: Vec<String> = (0..200).map(|number| format!("/{number}.js")).collect();
    let scripts = addresses.iter().map(|address| (address.as_str(), &b"new ActiveXObject('a.b')"[..]));
    assert_eq!(demands("", &page, scripts).len(), LIMIT);
}

proptest! {
    #[test]
    fn anything_is_read(text in "(请使用|仅支持|IE|chrome|不支持|非|建议|控件|['\"`/\\\\*\n]|\\\\u8bf7|new ActiveXObject\\('|<object |<video>|</object>|swf|\\PC){0,40}") {
        let page = crate::page::read(&text, URL);
        for demand in demands(&text, &page, [("/a.js", text.as_bytes())]) {
            prop_assert!(demand.matched.len() <= MATCHED && !demand.matched.chars().any(char::is_control));
        }
        if let Some(sentence) = turned_away(&text) {
            prop_assert!(sentence.len() <= MATCHED && !sentence.chars().any(char::is_control));
        }
    }
}
