//! The sites: what each is, what is wrong with it, and the page, the virtual host and the ledger row that follow from that.

use std::fmt::Write as _;
use std::path::Path;

use super::authority::Authority;
use crate::servers::Place;

/// Who serves a site. The numbers are those of the addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    Nginx = 1,
    Apache = 2,
    /// nginx on an address whose port 443 is closed.
    NginxWithout443 = 3,
}

/// A site. What is wrong with it, if anything, is one of its flags.
pub struct Site {
    pub host: &'static str,
    /// The institution's name.
    pub owner: &'static str,
    pub uscc: &'static str,
    /// Party and government organ; otherwise a public institution.
    pub organ: bool,
    pub by: By,
    /// Written in GBK instead of UTF-8.
    pub gbk: bool,
    pub home: Home,
    pub fault: Fault,
}

/// How the root of the site becomes its home page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// It is the home page.
    Root,
    /// The server sends on to `/portal/`; nginx writes its own port into that address unless told otherwise.
    Sent,
    /// A `meta` element sends on to `portal/index.html`.
    Refreshed,
    /// A script sends on to `/portal/index.html`.
    Scripted,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Only in the ledger's eyes: the name.
    Suffix,
    PlainOnly,
    Expired,
    OtherName,
    /// The server does not send the intermediate certificate.
    ShortChain,
    NoFilings,
    NoRedirect,
    DeadLinks,
    NoPrompt,
    /// An address of its own sends on to the other site, without a word.
    HandedOver,
    NoMark,
    Careless,
    Forbidden,
}

const fn site(host: &'static str, owner: &'static str, by: By, fault: Fault) -> Site {
    Site { host, owner, uscc: "", organ: true, by, gbk: false, home: Home::Root, fault }
}

/// A host that is an alias of another and has an IPv6 address that nobody can reach.
const ALIASED: &str = "www.tingyu.gov.cn";

/// Everything in the ledgers: the healthy first.
pub const SITES: [Site; 20] = [
    Site { uscc: "1162099099009101XN", ..site("www.songyin.gov.cn", "松荫县人民政府", By::Nginx, Fault::None) },
    Site { uscc: "116209909900910211", gbk: true, ..site("www.dieshi.gov.cn", "叠石县人民政府", By::Apache, Fault::None) },
    Site {
        uscc: "12620990990091031Y", organ: false, ..site("www.dieshiyz.cn", "叠石县第一中学", By::Apache, Fault::None)
    },
    Site { uscc: "116209909900910413", ..site("www.xn--8sv39j.xn--zfr164b", "枕流县人民政府", By::Nginx, Fault::None) },
    Site { home: Home::Sent, ..site(ALIASED, "汀屿县人民政府", By::Nginx, Fault::None) },
    Site { home: Home::Refreshed, gbk: true, ..site("www.fenglan.gov.cn", "枫岚县人民政府", By::Apache, Fault::None) },
    Site { home: Home::Scripted, ..site("www.heli.gov.cn", "荷笠县人民政府", By::Nginx, Fault::None) },
    site("www.qianting.gov.cn", "浅汀县人民政府", By::NginxWithout443, Fault::PlainOnly),
    site("www.guyu.gov.cn", "谷雨县人民政府", By::Nginx, Fault::Expired),
    site("www.shuanglan.gov.cn", "霜岚县人民政府", By::Nginx, Fault::ShortChain),
    site("www.zhilan.gov.cn", "芷岚县人民政府", By::Apache, Fault::OtherName),
    Site { gbk: true, ..site("www.wuying.gov.cn", "梧影县人民政府", By::Apache, Fault::NoFilings) },
    site("www.dizhu.gov.cn", "荻渚县人民政府", By::Apache, Fault::NoRedirect),
    site("www.qinglu.com", "晴麓县人民政府", By::Nginx, Fault::Suffix),
    site("www.luting.gov.cn", "芦汀县人民政府", By::Nginx, Fault::DeadLinks),
    site("www.lingzhou.gov.cn", "菱洲县人民政府", By::Apache, Fault::NoPrompt),
    site("www.shuhe.gov.cn", "疏荷县人民政府", By::Apache, Fault::HandedOver),
    site("www.heqiao.gov.cn", "荷桥县人民政府", By::Nginx, Fault::NoMark),
    site("www.taoxi.gov.cn", "桃汐县人民政府", By::Apache, Fault::Careless),
    site("www.jingtan.gov.cn", "静潭县人民政府", By::Apache, Fault::Forbidden),
];

/// The loader of a mark.
const LOADER: &str = "/js/28/000/0000/60000417/CA280000000600004170001.js";
/// The page that warns who is about to leave.
const LEAVE: &str = "<!DOCTYPE html><html><meta charset=\"utf-8\"><title>离开提示</title><p>您访问的链接即将离开本网站，是否继续？</p>\
                     <p><a href=\"/\">返回</a></p></html>";

/// Sites that pages link to, all served by nginx.
const OUTSIDE: [&str; 6] =
    ["beian.miit.gov.cn", "beian.mps.gov.cn", "dcs.conac.cn", "bszs.conac.cn", "www.jianwen-news.com", "gone.jianwen-news.com"];

impl Site {
    /// The subject in reports.
    pub fn subject(&self) -> String {
        format!("site:{}", self.host)
    }

    /// The rules that do not come out as pass or not applicable, with what they come out as.
    pub fn expected(&self) -> &'static [(&'static str, &'static str)] {
        match self.fault {
            Fault::None => &[],
            Fault::Suffix => &[("DOM002", "violation")],
            Fault::PlainOnly => &[("DATA001", "violation")],
            Fault::Expired | Fault::OtherName | Fault::ShortChain => &[("DATA003", "violation")],
            Fault::NoFilings => &[("ORG003", "violation"), ("ORG004", "violation")],
            Fault::NoRedirect => &[("DATA002", "violation")],
            Fault::DeadLinks => &[("LINK001", "violation")],
            Fault::NoPrompt | Fault::HandedOver => &[("LINK004", "violation")],
            Fault::NoMark => &[("MARK001", "violation")],
            Fault::Careless => &[("DATA002", "violation advice"), ("DATA012", "violation advice")],
            // Being kept out says nothing of the page behind the door; what the handshake and the names show is known all the same.
            Fault::Forbidden => &[
                ("DATA001", "undetermined"),
                ("DATA002", "undetermined"),
                ("DATA012", "undetermined"),
                ("LINK001", "undetermined"),
                ("LINK004", "undetermined"),
                ("MARK001", "undetermined"),
                ("MARK002", "undetermined"),
                ("MARK004", "undetermined"),
                ("MARK006", "undetermined"),
                ("ORG003", "undetermined"),
                ("ORG004", "undetermined"),
                ("ORG005", "undetermined"),
                ("ORG013", "undetermined"),
                ("SUP001", "undetermined"),
                ("SUP002", "undetermined"),
                ("SUP005", "undetermined"),
                ("VULN002", "undetermined"),
            ],
        }
    }

    /// The home page's bytes.
    fn page(&self) -> Vec<u8> {
        let Self { owner, host, .. } = self;
        let charset = if self.gbk { "gb2312" } else { "utf-8" };
        let colour = if self.organ { "red" } else { "blue" };
        let links = match self.fault {
            Fault::DeadLinks => {
                "<a class=\"out\" href=\"http://www.lapsed-jianwen.com/\">旧站</a> <a class=\"out\" href=\"https://gone.jianwen-news.com/a.html\">专题</a>"
            }
            Fault::HandedOver => "<a href=\"/go?to=https://www.jianwen-news.com/\">见闻新闻网</a>",
            _ => "<a class=\"out\" href=\"https://www.jianwen-news.com/\">见闻新闻网</a>",
        };
        let prompt = match self.fault {
            Fault::NoPrompt | Fault::HandedOver => "",
            // A page in between, in a window of its own.
            _ if self.home == Home::Scripted => {
                "<script>for (var a of document.querySelectorAll('a.out')) { a.dataset.to = a.href; a.target = '_blank'; \
                 a.href = '/leave.html?to=' + encodeURIComponent(a.dataset.to); }</script>"
            }
            _ => {
                "<script>document.querySelectorAll('a.out').forEach(function (a) { a.onclick = function () {\
                 return confirm('您将离开本网站，前往非政府网站，是否继续？'); }; });</script>"
            }
        };
        let mark = match self.fault {
            Fault::NoMark => String::new(),
            // The registry's own loader.
            _ if self.home == Home::Refreshed => format!(
                "<script>document.write(unescape(\"%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript \
                 src='//dcs.conac.cn{LOADER}' type='text/javascript'%3E%3C/script%3E\"));</script>"
            ),
            _ => format!(
                "<p><a href=\"https://bszs.conac.cn/sitename?method=show&id=2F5D1C0A9B3E47E1E053012819AC0042\" target=\"_blank\">\
                 <img id=\"imgConac\" src=\"/images/{colour}.png\" alt=\"标识\"></a></p>"
            ),
        };
        let filings = match self.fault {
            Fault::NoFilings => "",
            _ => {
                "<p><a href=\"https://beian.miit.gov.cn/\">甘ICP备99000417号-1</a> \
                 <a href=\"https://beian.mps.gov.cn/#/query/webSearch?code=62099002000417\">甘公网安备62099002000417号</a></p>"
            }
        };
        let text = format!(
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n\
             <html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset={charset}\">\n<title>{owner}门户网站</title>\n\
             <style>body {{ width: 1000px; margin: 0 auto; }} .foot {{ text-align: center; }} li {{ line-height: 40px; }}</style></head>\n\
             <body><h1>{owner}</h1>\n<ul>{}</ul>\n<p>友情链接：{links} <a href=\"/about.html\">关于本站</a></p>\n\
             <div class=\"foot\"><p>主办单位：{owner} 网址：{host}</p>\n{filings}\n{mark}</div>\n{prompt}\n</body></html>\n",
            (1..=12)
                .map(|day| format!("<li><a href=\"/about.html\">关于开展第{day}次汛前检查的通知</a></li>"))
                .collect::<String>(),
        );
        if self.gbk { encoding_rs::GBK.encode(&text).0.into_owned() } else { text.into_bytes() }
    }

    /// Writes what the server hands out.
    pub fn write(&self, folder: &Path) {
        let root = folder.join(self.host);
        std::fs::create_dir_all(root.join("images")).unwrap();
        std::fs::create_dir_all(root.join("portal")).unwrap();
        let front = match self.home {
            Home::Root | Home::Sent => "",
            Home::Refreshed => "<html><head><meta http-equiv=\"refresh\" content=\"0; url=portal/index.html\"></head></html>",
            Home::Scripted => "<html><script>window.location.href = \"/portal/index.html\";</script></html>",
        };
        let page = if self.home == Home::Root { "index.html" } else { "portal/index.html" };
        std::fs::write(root.join("index.html"), front).unwrap();
        std::fs::write(root.join(page), self.page()).unwrap();
        std::fs::write(root.join("leave.html"), LEAVE).unwrap();
        std::fs::write(root.join("about.html"), "<!DOCTYPE html><title>about</title><p>about</p>").unwrap();
        std::fs::write(root.join("images/red.png"), include_bytes!("red.png")).unwrap();
        std::fs::write(root.join("images/blue.png"), include_bytes!("blue.png")).unwrap();
    }

    fn certificate(&self, authority: &Authority) -> String {
        let (name, days) = match self.fault {
            Fault::Expired => (self.host, (-300, -3)),
            Fault::OtherName => ("www.other.gov.cn", (-30, 300)),
            _ => (self.host, (-30, 300)),
        };
        authority.issue(self.host, name, days, self.fault != Fault::ShortChain).display().to_string()
    }
}

/// The `http` block for nginx.
pub fn nginx(folder: &Path, place: &Place, authority: &Authority) -> String {
    let fields = "add_header X-Frame-Options SAMEORIGIN always;\n    add_header X-Content-Type-Options nosniff always;\n    \
                  add_header Content-Security-Policy \"default-src 'self' 'unsafe-inline'\" always;\n";
    let hsts = "add_header Strict-Transport-Security \"max-age=31536000; includeSubDomains\" always;\n";
    let key = folder.join("key.pem").display().to_string();
    let mut text = String::from("  gzip on;\n  gzip_min_length 1;\n");
    let (door, door_443) = (
        format!("{}:{}", place.address(By::Nginx as u8), place.http),
        format!("{}:{}", place.address(By::Nginx as u8), place.https),
    );
    for site in &SITES {
        let (host, root) = (site.host, folder.join(site.host).display().to_string());
        match site.by {
            By::Nginx => {
                let chain = site.certificate(authority);
                let home = if site.home == Home::Sent { "    location = / { return 302 /portal/; }\n" } else { "" };
                let _ = write!(
                    text,
                    "  server {{ listen {door}; server_name {host}; return 301 https://$host$request_uri; }}\n  \
                     server {{\n    listen {door_443} ssl http2;\n    server_name {host};\n    root {root};\n    charset utf-8;\n    \
                     ssl_certificate {chain};\n    ssl_certificate_key {key};\n    {fields}    {hsts}{home}  }}\n"
                );
            }
            By::NginxWithout443 => {
                let door = format!("{}:{}", place.address(site.by as u8), place.http);
                let _ = write!(
                    text,
                    "  server {{\n    listen {door};\n    server_name {host};\n    root {root};\n    {fields}  }}\n"
                );
            }
            By::Apache => {}
        }
    }
    registry(&folder.join("registry"));
    for host in OUTSIDE {
        let chain = authority.issue(host, host, (-30, 300), true).display().to_string();
        let answer = match host {
            "gone.jianwen-news.com" => "return 404;".into(),
            "dcs.conac.cn" => format!("default_type text/javascript; root {};", folder.join("registry").display()),
            _ => "default_type text/html; return 200 '<!DOCTYPE html><p>ok</p>';".into(),
        };
        let _ = write!(
            text,
            "  server {{\n    listen {door};\n    listen {door_443} ssl http2;\n    server_name {host};\n    \
             ssl_certificate {chain};\n    ssl_certificate_key {key};\n    location / {{ {answer} }}\n  }}\n"
        );
    }
    text
}

/// Writes what the registry of marks hands out: a loader and the picture that it draws.
fn registry(folder: &Path) {
    let loader = folder.join(LOADER.trim_start_matches('/'));
    std::fs::create_dir_all(loader.parent().unwrap()).unwrap();
    std::fs::create_dir_all(folder.join("image")).unwrap();
    let script = "document.getElementById('_ideConac').innerHTML = \"<a href='//bszs.conac.cn/sitename?method=show&id=\
                  2F5D1C0A9B3E47E1E053012819AC0417' target='_blank'><img id='imgConac' border='0' src='//dcs.conac.cn/image/red.png'></a>\";";
    std::fs::write(loader, script).unwrap();
    std::fs::write(folder.join("image/red.png"), include_bytes!("red.png")).unwrap();
}

/// The virtual hosts for Apache.
pub fn apache(folder: &Path, place: &Place, authority: &Authority) -> String {
    let address = place.address(By::Apache as u8);
    let (plain, secure) = (format!("{address}:{}", place.http), format!("{address}:{}", place.https));
    let key = folder.join("key.pem").display().to_string();
    let mut text = String::from("Protocols h2 http/1.1\nAddOutputFilterByType DEFLATE text/html\n");
    for site in SITES.iter().filter(|site| site.by == By::Apache) {
        let (host, root, chain) = (site.host, folder.join(site.host).display().to_string(), site.certificate(authority));
        let redirect = match site.fault {
            Fault::NoRedirect | Fault::Forbidden => String::new(),
            // The two usual ways.
            Fault::None => format!("  RewriteEngine On\n  RewriteRule ^/?(.*) https://{host}/$1 [R=301,L]\n"),
            _ => format!("  Redirect permanent / https://{host}/\n"),
        };
        let fields = match site.fault {
            Fault::Careless => "  Header always add Set-Cookie \"JSESSIONID=0123456789; Path=/\"\n",
            _ => {
                "  Header always set Strict-Transport-Security \"max-age=31536000\"\n  Header always set X-Frame-Options DENY\n  \
                 Header always set X-Content-Type-Options nosniff\n  \
                 Header always set Content-Security-Policy \"default-src 'self' 'unsafe-inline' dcs.conac.cn\"\n"
            }
        };
        let hand_over = if site.fault == Fault::HandedOver { "  Redirect temp /go https://www.jianwen-news.com/\n" } else { "" };
        let allowed = if site.fault == Fault::Forbidden { "denied" } else { "granted" };
        // One site names its character set in the header as well, the other only in the page.
        let charset = if site.gbk && site.fault != Fault::None { "  AddDefaultCharset GBK\n" } else { "" };
        let common = format!(
            "  ServerName {host}\n  DocumentRoot \"{root}\"\n{charset}  <Directory \"{root}\">\n    Require all {allowed}\n  </Directory>\n"
        );
        let _ = write!(
            text,
            "<VirtualHost {plain}>\n{common}{redirect}</VirtualHost>\n<VirtualHost {secure}>\n{common}{hand_over}{fields}  SSLEngine on\n  \
             SSLCertificateFile \"{chain}\"\n  SSLCertificateKeyFile \"{key}\"\n</VirtualHost>\n"
        );
    }
    text
}

/// Names and addresses for unbound; all other names do not exist.
pub fn zones(place: &Place) -> String {
    let mut text =
        String::from("  local-zone: \".\" static\n  local-data: \". SOA a.invented. b.invented. 1 3600 900 86400 60\"\n");
    let outside = OUTSIDE.iter().map(|host| (*host, By::Nginx));
    for (host, by) in SITES.iter().map(|site| (site.host, site.by)).chain(outside) {
        let name = if host == ALIASED { "tingyu.jisu-cdn.com" } else { host };
        let _ = writeln!(text, "  local-data: \"{name}. A {}\"", place.address(by as u8));
    }
    for record in [
        &format!("{ALIASED}. CNAME tingyu.jisu-cdn.com."),
        "tingyu.jisu-cdn.com. AAAA 2001:db8::417",
        "songyin.gov.cn. MX 10 mx.songyin.gov.cn.",
        "songyin.gov.cn. TXT \\\"v=spf1 mx -all\\\"",
        "_dmarc.songyin.gov.cn. TXT \\\"v=DMARC1; p=reject\\\"",
        "dieshi.gov.cn. MX 10 mx.dieshi.gov.cn.",
    ] {
        let _ = writeln!(text, "  local-data: '{}'", record.replace("\\\"", "\""));
    }
    for host in ["mx.songyin.gov.cn", "mx.dieshi.gov.cn"] {
        let _ = writeln!(text, "  local-data: \"{host}. A {}\"", place.address(By::Nginx as u8));
    }
    text
}

/// The healthy ones as an office would send them: Chinese headers, GBK, lines that end as on Windows.
pub fn office_ledger() -> Vec<u8> {
    let mut text = String::from(
        "序号,单位名称,统一社会信用代码,单位类型,行政层级,行政区划代码,应用类型,网站名称,首页网址,使用状态,联系人\r\n",
    );
    for (index, site) in SITES.iter().filter(|site| site.fault == Fault::None).enumerate() {
        let Site { host, owner, uscc, .. } = site;
        let kind = if site.organ { "党政机关" } else { "事业单位" };
        let _ = write!(text, "{},{owner},{uscc},{kind},县级,620990,门户网站,{owner}门户网站,{host},在用,张某\r\n", index + 1);
    }
    for (owner, domain) in [(&SITES[0], "songyin.gov.cn"), (&SITES[1], "dieshi.gov.cn")] {
        let Site { owner, uscc, .. } = owner;
        let _ = write!(text, "9,{owner},{uscc},党政机关,县级,620990,电子邮件系统,邮件系统,{domain},在用,\r\n");
    }
    encoding_rs::GBK.encode(&text).0.into_owned()
}

/// The faulty ones as a program would write them.
pub fn program_ledger() -> String {
    let mut text = String::from(
        "institution_name,institution_type,level,division_code,application_kind,application_name,address,site_role\n",
    );
    for Site { host, owner, .. } in SITES.iter().filter(|site| site.fault != Fault::None) {
        let _ = writeln!(text, "{owner},party_government,county,620990,web_site,{owner},https://{host}/,portal");
    }
    text
}
