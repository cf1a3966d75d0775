//! Pages of our own making, each with one trait of the pages outside.

use model::facts::page::{MarkClass, MarkForm};
use proptest::prelude::*;

use super::*;

const URL: &str = "http://www.example.gov.cn/index.html";
const LOADER: &str = "http://dcs.conac.cn/js/05/107/0000/00000001/CA051070000000000010001.js";
const ID: &str = "0123456789ABCDEFE053012819AC0001";

fn page(html: &str) -> HomePage {
    read(html, URL)
}

#[test]
fn links_are_absolute_and_of_the_web() {
    let read = page(
        r#"<base href="/sub/"><a href="a.html"> 一 <b>二</b> </a><a href='//other.cn/?a=1&amp;b=2'><img alt="图 片" src=x></a>
        <a href="mailto:a@b.cn">信</a><a href="javascript:void(0)">脚本</a><a name=x>锚</a><map><area href=https://例子.政务/ alt=图></map>"#,
    );
    let links: Vec<_> = read.links.iter().map(|link| (link.url.as_str(), link.text.as_str())).collect();
    assert_eq!(
        links,
        [
            ("http://www.example.gov.cn/sub/a.html", "一 二"),
            ("http://other.cn/?a=1&b=2", "图 片"),
            ("https://xn--fsqu00a.xn--zfr164b/", "图")
        ]
    );
    assert_eq!(read.links[2].host.as_ref().map(|host| host.unicode.as_str()), Some("例子.政务"));
}

#[test]
fn links_are_bounded() {
    assert_eq!(page(&"<a href=/x>x</a>".repeat(3000)).links.len(), 2000);
}

#[test]
fn only_visible_text_is_text() {
    let read = page(
        "<title>示例市 &amp; 政府\n门户网站</title><style>p{}</style><script>var a = '见';</script><noscript><p>请启用脚本</p></noscript>\
         <p>甲&nbsp;乙&copy;</p><!-- 丙 --><textarea>丁</textarea><div>戊</div>",
    );
    assert_eq!(read.title, "示例市 & 政府 门户网站");
    assert_eq!(read.text, "甲 乙© 戊");
}

#[test]
fn long_text_keeps_both_ends() {
    let read = page(&format!("<p>开头{}<p>网站标识码：4100000001", "正文。".repeat(40_000)));
    assert!(read.text.len() <= 64 * 1024 && read.text.starts_with("开头") && read.text.ends_with("4100000001"));
    assert_eq!(read.site_codes.len(), 1);
}

#[test]
fn forms_scripts_frames_and_names() {
    let read = page(
        r#"<meta name="SiteName" content="示例市"><meta property="og:site_name" content="示例市"><meta name=siteidcode content=4100000001>
        <form action="/login" method=POST><input name=u><input type="PASSWORD"><select></select><button>登录</button></form><input type=search>
        <script src="/a.js"></script><iframe src="//other.cn/f"></iframe>"#,
    );
    assert_eq!(read.forms.len(), 1);
    assert_eq!((read.forms[0].action.as_str(), read.forms[0].method.as_str()), ("http://www.example.gov.cn/login", "post"));
    assert_eq!(read.forms[0].fields, ["text", "password", "select", "submit"]);
    assert_eq!(read.scripts, ["http://www.example.gov.cn/a.js"]);
    assert_eq!(read.frames, ["http://other.cn/f"]);
    assert_eq!(read.site_names, ["示例市"]);
    assert_eq!(read.site_codes[0].code, "4100000001");
}

#[test]
fn pinned_scripts_suppliers_and_inline_scripts() {
    let digest = format!("sha256-{}=", "A".repeat(43));
    let html = format!(
        "<script src=/a.js integrity='{digest}'></script><script src=//cdn.cn/b.js integrity=sha256-x></script>\
         <script integrity='{digest}'>var a = '</p>'</script><script> </script><script type=application/json>{{}}</script><script>b()</script><p>技术支持：<a href=//s.cn>示例公司</a>"
    );
    let read = page(&html);
    assert_eq!(read.scripts.len(), 2);
    assert_eq!(read.pinned_scripts, ["http://www.example.gov.cn/a.js"]);
    assert_eq!(read.suppliers, ["示例公司"]);
    assert_eq!(inline_scripts(&html), ["var a = '</p>'", "b()"]);
    assert_eq!(inline_scripts(&format!("<script>{}", "x".repeat(3 << 20))).iter().map(String::len).sum::<usize>(), 2 << 20);
}

#[test]
fn a_loader_in_markup_and_in_a_script() {
    let marks = page(&format!(
        "<script src='{LOADER}'></script><script>document.write(unescape(\"%3Cscript src='{LOADER}'%3E\"))</script>"
    ))
    .marks;
    assert_eq!(marks.len(), 2);
    assert!(marks.iter().all(|mark| mark.form == MarkForm::Loader && !mark.commented_out));
    assert!(marks.iter().all(|mark| mark.code.as_deref() == Some("CA051070000000000010001")));
}

#[test]
fn a_drawn_mark() {
    let html = format!(
        "<span id=_ideConac><a href='//bszs.conac.cn/sitename?method=show&amp;id={ID}' target=_blank><img id=imgConac src='//dcs.conac.cn/image/red.png'></a></span>"
    );
    let marks = page(&html).marks;
    assert_eq!(marks.len(), 1);
    assert_eq!(
        (marks[0].form, marks[0].class, marks[0].id.as_deref()),
        (MarkForm::LinkedPicture, Some(MarkClass::PartyGovernment), Some(ID))
    );
}

#[test]
fn marks_in_comments_are_told_as_such() {
    let marks = page(&format!(
        "<!-- <a href='http://bszs.conac.cn/sitename?id={ID}'><img src=/i/blue.png></a> <script src={LOADER}></script> -->"
    ))
    .marks;
    let read: Vec<_> = marks.iter().map(|mark| (mark.form, mark.commented_out)).collect();
    assert_eq!(read, [(MarkForm::LinkedPicture, true), (MarkForm::Loader, true)]);
}

#[test]
fn pictures_without_the_verification_link() {
    let marks = page("<img src='https://dcs.conac.cn/image/blue.png' alt='党政机关网站标识'><a href='/'><img src='//dcs.conac.cn/image/red.png'></a>").marks;
    let read: Vec<_> = marks.iter().map(|mark| (mark.form, mark.class)).collect();
    assert_eq!(
        read,
        [(MarkForm::Picture, Some(MarkClass::PublicInstitution)), (MarkForm::Picture, Some(MarkClass::PartyGovernment))]
    );
}

#[test]
fn text_links_and_unclosed_links() {
    let marks = page(&format!("<a href='https://bszs.conac.cn/sitename?id={ID}'>党政机关")).marks;
    assert_eq!(marks.iter().map(|mark| mark.form).collect::<Vec<_>>(), [MarkForm::TextLink]);
}

#[test]
fn the_foot_of_a_page() {
    let read = page(
        r#"<div>主办单位：示例市人民政府办公室 <a href="https://beian.miit.gov.cn/">京ICP备<span>04000001</span>号-1</a>
        <a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=11010202000001"><img src=p.png>京公网安备 11010202000001号</a>
        政府网站标识码：bm36000005 <a href="javascript:Link('bm36000002')">找错</a></div>"#,
    );
    assert_eq!(read.icp[0].number.as_deref(), Some("京ICP备04000001号-1"));
    assert_eq!(read.icp[0].link.as_deref(), Some("https://beian.miit.gov.cn/"));
    assert_eq!((read.police[0].problem, read.police[0].linked.as_deref()), (None, Some("11010202000001")));
    assert_eq!(read.site_codes.iter().map(|code| code.code.as_str()).collect::<Vec<_>>(), ["bm36000005", "bm36000002"]);
    assert_eq!(read.institutions, ["示例市人民政府办公室"]);
}

#[test]
fn pages_that_scripts_build() {
    assert!(page("<title>x</title><div id=app></div><script src=/app.js></script>").script_built);
    assert!(!page("<title>x</title><p>维护中</p>").script_built);
    assert!(!page(&format!("<script src=/a.js></script><p>{}", "正文".repeat(100))).script_built);
}

#[test]
fn refreshes() {
    let read = |content: &str| meta_refresh(&format!("<meta http-equiv=Refresh content=\"{content}\">"), URL);
    assert_eq!(read("0;url=/new/").as_deref(), Some("http://www.example.gov.cn/new/"));
    assert_eq!(read("3; URL='b.html' ").as_deref(), Some("http://www.example.gov.cn/b.html"));
    assert_eq!(read(" 0 , //other.cn/&amp;x").as_deref(), Some("http://other.cn/&x"));
    assert_eq!(read(".5;c.html").as_deref(), Some("http://www.example.gov.cn/c.html"));
    for none in ["6;url=/new/", "5", "0;url=", "0;url=javascript:alert(1)", "0;url=index.html", "x;url=/new/", "url=/new/"] {
        assert_eq!(read(none), None, "{none}");
    }
    assert_eq!(meta_refresh("<noscript><meta http-equiv=refresh content='0;url=/old/'></noscript>", URL), None);
    let based = meta_refresh("<base href='http://a.cn/b/'><meta http-equiv=refresh content='0;c'>", URL);
    assert_eq!(based.as_deref(), Some("http://a.cn/b/c"));
}

#[test]
fn nesting_costs_nothing() {
    // Fifty thousand open elements and as many wrong end tags: minutes if either were searched for step by step.
    let read = page(&format!("{}{}<a href=/x>end", "<div><a href=/y>".repeat(50_000), "</p></b></form>".repeat(50_000)));
    assert_eq!(read.links.len(), 2000);
}

proptest! {
    #[test]
    fn any_page_is_read_without_panic(parts in proptest::collection::vec(
        "(<a href=/x>|</a>|<img src=|<!--|-->|<script>|</script>|<title>|</title>|<form>|</form>|<meta http-equiv=refresh content=|\"|'|>|&amp|&#x110000;|bszs\\.conac\\.cn|京ICP备1|<svg>|<table>|<select>|<textarea>|<noscript>|é|\u{0})", 0..60)) {
        let html = parts.concat();
        let _ = meta_refresh(&html, URL);
        let read = page(&html);
        prop_assert!(read.text.len() <= html.len() * 2 + 8 && read.marks.len() <= 50);
    }
}
