//! Makes the pages out of what the world says of them.

use crate::web::registry::Certificate;
use crate::world::page::{Exit, Footer, Mark, MarkPlace, Page};
use crate::world::{Institution, Site};

/// The page around everything; the names in double braces are filled in.
const TEMPLATE: &str = include_str!("../../world/page.html");
/// How it looks, in the page and in a frame that holds its footer.
const STYLE: &str = include_str!("../../world/page.css");

/// The document of a site and what belongs to it.
pub(super) struct Document {
    /// The page.
    pub html: String,
    /// `footer.js`, when a script writes the footer.
    pub footer_script: Option<String>,
    /// `footer.html`, when a frame holds the footer.
    pub footer_frame: Option<String>,
}

/// Makes the document of a site. `first` is the certificate that copied templates carry.
pub(super) fn document(
    number: usize,
    owner: Option<&Institution>,
    site: &Site,
    own: &Certificate,
    first: &Certificate,
) -> Document {
    let page = &site.page;
    let owner_name = owner.map_or(site.host.as_str(), |owner| owner.name.as_str());
    let title = page.title.as_deref().or(site.name.as_deref()).unwrap_or(owner_name);
    let mark = mark(page, owner, own, first);
    let (top, low) = if page.mark_place == MarkPlace::Top { (mark.as_str(), "") } else { ("", mark.as_str()) };
    let footer = footer(number, owner, page, owner_name, low);
    let (inline, footer_script, footer_frame) = match page.footer {
        Footer::Html => (footer, None, None),
        Footer::Script => {
            // JSON strings are JavaScript strings, and a script file may hold any tag.
            let literal = serde_json::Value::String(footer).to_string();
            ("<script src=\"/footer.js\"></script>".into(), Some(format!("document.write({literal});\n")), None)
        }
        Footer::Frame => {
            let frame =
                format!("<!DOCTYPE html><html><meta charset=\"utf-8\"><style>{STYLE}</style><body>{footer}</body></html>");
            ("<iframe src=\"/footer.html\"></iframe>".into(), None, Some(frame))
        }
    };
    let html = TEMPLATE
        .replace("{{charset}}", page.charset.as_deref().unwrap_or("utf-8"))
        .replace("{{style}}", STYLE)
        .replace("{{title}}", title)
        .replace("{{head}}", &page.head)
        .replace("{{top}}", top)
        .replace("{{main}}", &page.main)
        .replace("{{articles}}", &articles(page.articles))
        .replace("{{links}}", &links(page))
        .replace("{{exit}}", &exit_script(page.exit, title))
        .replace("{{footer}}", &inline);
    Document { html, footer_script, footer_frame }
}

/// The page of the same site that asks before the visitor leaves.
pub(super) fn interstitial(title: &str) -> String {
    let prompt = prompt(title);
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>离开提示</title>\
         <body><p>{prompt}</p><p><a href=\"/\">返回</a></p></body></html>"
    )
}

/// A short page with one sentence.
pub(super) fn note(title: &str, text: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>{title}</title><body><h1>{title}</h1><p>{text}</p></body></html>"
    )
}

fn prompt(title: &str) -> String {
    format!("您访问的链接即将离开“{title}”，跳转至非党政机关网站，是否继续？")
}

fn articles(count: u32) -> String {
    (5..count + 5).map(|number| format!("<li><a href=\"/article/{number}.html\">公开信息第{number}号</a></li>\n")).collect()
}

fn links(page: &Page) -> String {
    let target = if page.exit == Exit::NewTab { " target=\"_blank\"" } else { "" };
    let line = |url: &str, text: &str| format!("<li><a class=\"leaves\" href=\"{url}\"{target}>{text}</a></li>\n");
    page.links.iter().map(|link| line(&link.url, &link.text)).collect()
}

fn exit_script(exit: Exit, title: &str) -> String {
    let show = |text: &str| {
        format!(
            "document.getElementById('notice-text').textContent='{text}';document.getElementById('notice').style.display='block';"
        )
    };
    let prompt = prompt(title);
    let act = match exit {
        Exit::Direct | Exit::NewTab => return String::new(),
        Exit::Confirm => format!("if(!confirm('{prompt}'))event.preventDefault();"),
        Exit::Overlay => format!("event.preventDefault();{}", show(&prompt)),
        Exit::Interstitial => "event.preventDefault();location.href='/leave?to='+encodeURIComponent(link.href);".into(),
        Exit::CookieNote => show("本网站使用 Cookie 改善浏览体验。"),
        Exit::Loading => show("加载中，请稍候……"),
        Exit::Hasty => show(&prompt),
    };
    format!(
        "<script>document.addEventListener('click',function(event){{var link=event.target.closest('a.leaves');if(!link)return;{act}}});</script>"
    )
}

fn footer(number: usize, owner: Option<&Institution>, page: &Page, owner_name: &str, mark: &str) -> String {
    let division = owner.and_then(|owner| owner.division.as_deref()).unwrap_or("620000");
    let mut lines = String::new();
    if !page.unsigned {
        lines.push_str(&format!("<p>主办单位：{owner_name}</p>"));
    }
    let organ = owner.is_some_and(|owner| owner.kind.as_deref() == Some("party_government"));
    if organ {
        lines.push_str(&format!("<p>网站标识码：{}</p>", site_code(number, division)));
    }
    let icp = page.icp.clone().unwrap_or_else(|| icp(number, division));
    if !icp.is_empty() {
        let link = page.icp_link.as_deref().unwrap_or("https://beian.miit.gov.cn/");
        lines.push_str(&format!("<p><a href=\"{link}\">{icp}</a></p>"));
    }
    let police = page.police.clone().unwrap_or_else(|| police(number, division));
    if !police.is_empty() {
        let digits: String = police.chars().filter(char::is_ascii_digit).collect();
        let linked = page.police_linked.as_deref().unwrap_or(&digits);
        lines.push_str(&format!("<p><a href=\"https://beian.mps.gov.cn/#/query/webSearch?code={linked}\">{police}</a></p>"));
    }
    format!("<footer>{lines}{mark}</footer>")
}

/// The ICP filing number. The numbers are made up.
pub(crate) fn icp(number: usize, division: &str) -> String {
    format!("{}ICP备99{number:06}号-1", province(division))
}

/// The government-site code: division and a running number; `bm` for central bodies.
pub(crate) fn site_code(number: usize, division: &str) -> String {
    let six = division.get(..6).unwrap_or("620000");
    if six == "100000" { format!("bm99{number:06}") } else { format!("{six}9{number:03}") }
}

/// The public-security filing number. The numbers are made up: the running part lies where none has been given out.
pub(crate) fn police(number: usize, division: &str) -> String {
    let six = if division == "100000" { "110102" } else { division.get(..6).unwrap_or("620000") };
    format!("{}公网安备{six}02{:06}号", province(division), 999_000 + number)
}

/// The short name of the province in which a division lies; Beijing for the nation.
fn province(division: &str) -> &'static str {
    match division.get(..2) {
        Some("10" | "11") => "京",
        Some("31") => "沪",
        Some("51") => "川",
        _ => "甘",
    }
}

fn mark(page: &Page, owner: Option<&Institution>, own: &Certificate, first: &Certificate) -> String {
    let bound = owner.is_some_and(|owner| owner.kind.as_deref() != Some("other"));
    let class = &own.class;
    let link = own.verification();
    let picture = format!("<img src=\"/mark/{class}.png\" width=\"48\" height=\"60\">");
    let loader = |certificate: &Certificate| {
        format!("<span id=\"_ideConac\"></span><script src=\"//dcs.conac.cn{}\"></script>", certificate.loader_path())
    };
    let inner = match page.mark {
        Mark::Usual if !bound => return String::new(),
        Mark::None => return String::new(),
        Mark::Usual | Mark::Loader | Mark::IdleLoader | Mark::BrokenLoader => loader(own),
        Mark::Foreign => loader(first),
        Mark::LinkedPicture => format!("<a href=\"{link}\" target=\"_blank\">{picture}</a>"),
        Mark::Picture => format!("<img src=\"//dcs.conac.cn/image/{class}.png\" width=\"48\" height=\"60\">"),
        Mark::TextLink => format!("<a href=\"{link}\" target=\"_blank\">党政机关网站标识</a>"),
        Mark::Commented => format!("<!-- <a href=\"{link}\">{picture}</a> -->"),
        Mark::Hidden => format!("<div style=\"display:none\"><a href=\"{link}\">{picture}</a></div>"),
        Mark::DamagedId => {
            let damaged = link.get(..link.len().saturating_sub(7)).unwrap_or_default();
            format!("<a href=\"{damaged}\" target=\"_blank\">{picture}</a>")
        }
        Mark::MisleadingText => format!(
            "<a href=\"{link}\" target=\"_blank\"><img src=\"//dcs.conac.cn/image/blue.png\" alt=\"党政机关网站标识\" width=\"48\" height=\"60\"></a>"
        ),
    };
    let place = match page.mark_place {
        MarkPlace::Left => "left",
        MarkPlace::Right => "right",
        MarkPlace::Centre | MarkPlace::Top => "centre",
    };
    format!("<div class=\"{place}\">{inner}</div>")
}
