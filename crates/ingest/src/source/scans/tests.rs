//! Exports as engines and scanners print them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::source::testing::{Kept, read};
use crate::source::{Format, SourceError};

/// The sightings as `asset what`, with the minute of the sighting where the source tells one.
fn seen(kept: &Kept) -> Vec<String> {
    let time = |at: jiff::Timestamp| {
        if at.to_string() == "2026-11-01T00:00:00Z" { String::new() } else { format!(" {}", &at.to_string()[..16]) }
    };
    kept.sightings.iter().map(|seen| format!("{} {}{}", seen.asset, seen.what, time(seen.last))).collect()
}

fn taken(format: &Format, file: &str) -> Kept {
    read(format, "x", file.as_bytes()).expect(file)
}

#[test]
fn exports_of_fofa() {
    let api = r#"{"error":false,"size":3,"page":1,"mode":"extended","query":"domain=\"x.gov.cn\"","results":[
        ["https://www.x.gov.cn","192.0.2.1","443"],
        ["www.x.gov.cn:8080","192.0.2.1","8080","http","nginx/1.24.0","","","2026-03-01 08:00:00"],
        ["a","b"],["x.gov.cn","192.0.2.1","99999"]]}"#;
    let kept = taken(&fofa::FORMAT, api);
    assert_eq!(
        seen(&kept),
        [
            "host:www.x.gov.cn A 192.0.2.1",
            "host:www.x.gov.cn 443/tcp",
            "address:192.0.2.1 443/tcp",
            "host:www.x.gov.cn A 192.0.2.1 2026-03-01T00:00",
            "host:www.x.gov.cn 8080/tcp http nginx 1.24.0 2026-03-01T00:00",
            "address:192.0.2.1 8080/tcp http nginx 1.24.0 2026-03-01T00:00",
        ]
    );
    assert_eq!((kept.rows, kept.rejected.len()), (4, 2));
    let line = r#"{"host":"https://www.x.gov.cn","ip":"192.0.2.1","port":443,"protocol":"https","product":"Tomcat,jQuery","version":"9.0,3.6","title":"x"}"#;
    let rows = [
        "host:www.x.gov.cn A 192.0.2.1",
        "host:www.x.gov.cn 443/tcp https Tomcat 9.0",
        "address:192.0.2.1 443/tcp https Tomcat 9.0",
    ];
    assert_eq!(seen(&taken(&fofa::FORMAT, line)), rows);
    let table = "主机,IP,端口,协议,标题,产品,版本,图标哈希,备案号\n\
        https://www.x.gov.cn,192.0.2.1,443,https,\"某某市,人民政府\",Tomcat,9.0,-235701012,冀ICP备05000001号-1\n";
    let signs = ["title 443 某某市人民政府", "icon 443 -235701012", "filing 443 冀ICP备05000001号-1"];
    let [resolved, host, address] = rows.map(str::to_owned);
    let of = |asset: &'static str| signs.map(|sign| format!("{asset} {sign}"));
    let expected = [vec![resolved, host], of("host:www.x.gov.cn").to_vec(), vec![address], of("address:192.0.2.1").to_vec()];
    assert_eq!(seen(&taken(&fofa::FORMAT, table)), expected.concat());
}

#[test]
fn exports_of_quake_hunter_and_zoomeye() {
    let answer = r#"{"code":0,"message":"Successful.","data":[{"ip":"192.0.2.1","port":443,"transport":"tcp","hostname":"","domain":"www.x.gov.cn","time":"2026-03-01T08:00:00.000Z",
        "service":{"name":"http/ssl","http":{"host":"www.x.gov.cn","title":"x","server":"nginx"}},"components":[{"product_name_en":"Nginx","product_name_cn":"Nginx","version":"1.24"}]}],"meta":{}}"#;
    let rows = [
        "host:www.x.gov.cn A 192.0.2.1",
        "host:www.x.gov.cn 443/tcp https Nginx 1.24",
        "address:192.0.2.1 443/tcp https Nginx 1.24",
    ];
    let at = |time: &str| rows.map(|row| format!("{row} {time}"));
    assert_eq!(seen(&taken(&quake::FORMAT, answer)), at("2026-03-01T08:00"));
    let table =
        "IP,端口,域名,传输层协议,服务,产品,版本,时间\n192.0.2.1,443,www.x.gov.cn,tcp,https,Nginx,1.24,2026-03-01 08:00:00\n";
    assert_eq!(seen(&taken(&quake::FORMAT, table)), at("2026-03-01T00:00"));

    let table = "IP,域名,端口,协议,网站标题,URL,应用/组件,更新时间\n192.0.2.1,www.x.gov.cn,443,https,x,https://www.x.gov.cn/,\"Nginx/1.24,jQuery\",2026-03-01\n";
    assert_eq!(seen(&taken(&hunter::FORMAT, table)), at("2026-02-28T16:00"));
    let answer = r#"{"code":200,"data":{"total":1,"arr":[{"ip":"192.0.2.1","port":443,"domain":"www.x.gov.cn","url":"https://www.x.gov.cn","protocol":"https","base_protocol":"tcp",
        "component":[{"name":"Nginx","version":"1.24"}],"updated_at":"2026-03-01"}]}}"#;
    assert_eq!(seen(&taken(&hunter::FORMAT, answer)), at("2026-02-28T16:00"));

    let answer = r#"{"code":60000,"message":"success","total":1,"data":[{"ip":"192.0.2.1","port":443,"domain":"www.x.gov.cn","service":"https","product":"Nginx","version":"1.24","update_time":"2026-03-01T08:00:00"}]}"#;
    assert_eq!(seen(&taken(&zoomeye::FORMAT, answer)), at("2026-03-01T08:00"));
    let old = r#"{"total":1,"matches":[{"ip":["192.0.2.1"],"site":"www.x.gov.cn","portinfo":{"port":443,"service":"https","app":"Nginx","version":"1.24"},"timestamp":"2026-03-01T08:00:00"}]}"#;
    assert_eq!(seen(&taken(&zoomeye::FORMAT, old)), at("2026-03-01T08:00"));
    let table = "ip,port,domain,service,app,version\n192.0.2.1,443,www.x.gov.cn,https,Nginx,1.24\n";
    assert_eq!(seen(&taken(&zoomeye::FORMAT, table)), rows);
}

#[test]
fn exports_of_shodan_and_censys() {
    let banner = "{\"ip_str\":\"192.0.2.1\",\"port\":443,\"transport\":\"tcp\",\"product\":\"nginx\",\"version\":\"1.24\",\"hostnames\":[\"www.x.gov.cn\",\"localhost\"],\
        \"timestamp\":\"2026-03-01T08:00:00.123456\",\"ssl\":{},\"_shodan\":{\"module\":\"https\"},\"data\":\"HTTP/1.1 200\"}\n";
    let rows = [
        "host:www.x.gov.cn 443/tcp https nginx 1.24 2026-03-01T08:00",
        "address:192.0.2.1 443/tcp https nginx 1.24 2026-03-01T08:00",
    ];
    assert_eq!(seen(&taken(&shodan::FORMAT, banner)), rows);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(banner.repeat(2).as_bytes()).expect("packed");
    let kept = read(&shodan::FORMAT, "shodan.json.gz", &packer.finish().expect("packed")).expect("banners");
    assert_eq!((kept.rows, kept.sightings.len()), (2, 4));

    let host = r#"{"ip":"192.0.2.1","services":[{"port":443,"service_name":"HTTP","extended_service_name":"HTTPS","transport_protocol":"TCP",
        "software":[{"vendor":"nginx","product":"nginx","version":"1.24"}],"observed_at":"2026-03-01T08:00:00Z"}],"dns":{"names":["www.x.gov.cn"]}}"#;
    for file in [
        host.replace('\n', ""),
        format!(r#"{{"code":200,"result":{host}}}"#),
        format!(r#"{{"code":200,"result":{{"total":1,"hits":[{host}]}}}}"#),
    ] {
        let mut found = seen(&taken(&censys::FORMAT, &file));
        found.sort();
        assert_eq!(found, [rows[1], rows[0], "host:www.x.gov.cn A 192.0.2.1 2026-03-01T08:00"], "{file}");
    }
}

#[test]
fn results_of_httpx_and_nuclei() {
    let now = r#"{"timestamp":"2026-03-01T16:00:00+08:00","port":"443","url":"https://www.x.gov.cn","input":"www.x.gov.cn","scheme":"https","webserver":"nginx/1.24","host":"192.0.2.1","status_code":200,"failed":false}"#;
    let failed = r#"{"url":"https://b.x.gov.cn","port":"443","failed":true}"#;
    let kept = taken(&httpx::FORMAT, &format!("{now}\n{failed}\n"));
    assert_eq!(
        seen(&kept),
        [
            "host:www.x.gov.cn A 192.0.2.1 2026-03-01T08:00",
            "host:www.x.gov.cn 443/tcp https nginx 1.24 2026-03-01T08:00",
            "address:192.0.2.1 443/tcp https nginx 1.24 2026-03-01T08:00"
        ]
    );
    let found = r#"{"template-id":"git-config","info":{"name":"Git","severity":"Medium"},"type":"http","host":"https://www.x.gov.cn","matched-at":"https://www.x.gov.cn/.git/config","ip":"192.0.2.1","timestamp":"2026-03-01T08:00:00Z","matcher-name":"a\u001bb"}"#;
    let rows = [
        "host:www.x.gov.cn A 192.0.2.1 2026-03-01T08:00",
        "host:www.x.gov.cn nuclei git-config:ab medium 2026-03-01T08:00",
        "address:192.0.2.1 nuclei git-config:ab medium 2026-03-01T08:00",
    ];
    assert_eq!(seen(&taken(&nuclei::FORMAT, found)), rows);
    assert_eq!(seen(&taken(&nuclei::FORMAT, &format!("[{found}]"))), rows);
}

#[test]
fn looks_are_read_where_exports_have_them() {
    let shodan = r#"{"ip_str":"192.0.2.1","port":443,"hostnames":["www.x.gov.cn"],"ssl":{"cert":{"fingerprint":{"sha256":"00AB12"}}},
        "http":{"title":"清河县人民政府","favicon":{"hash":-99}}}"#;
    let censys = r#"{"ip":"192.0.2.1","services":[{"port":443,"http":{"response":{"html_title":"清河县人民政府","favicons":[{"md5_hash":"ab12"}]}},
        "tls":{"certificates":{"leaf_data":{"fingerprint":"ab12"}}}}]}"#;
    let quake =
        r#"{"data":[{"ip":"192.0.2.1","port":443,"service":{"http":{"title":"清河县人民政府","favicon":{"hash":"ab12"}}}}]}"#;
    let hunter =
        r#"{"data":{"arr":[{"ip":"192.0.2.1","port":443,"web_title":"清河县人民政府","number":"冀ICP备05000001号-1"}]}}"#;
    let zoomeye = r#"{"data":[{"ip":"192.0.2.1","port":443,"title":["清河县人民政府"]}]}"#;
    let httpx = r#"{"url":"https://192.0.2.1","host":"192.0.2.1","port":"443","title":"清河县人民政府","favicon":"-99","tls":{"serial":"AB:12"}}"#;
    let (title, certificate) = ("title 443 清河县人民政府", "certificate ab12");
    let cases: [(&Format, &str, &[&str]); 6] = [
        (&shodan::FORMAT, shodan, &[certificate, title, "icon 443 -99"]),
        (&censys::FORMAT, censys, &[certificate, title, "icon 443 ab12"]),
        (&quake::FORMAT, quake, &[title, "icon 443 ab12"]),
        (&hunter::FORMAT, hunter, &[title, "filing 443 冀ICP备05000001号-1"]),
        (&zoomeye::FORMAT, zoomeye, &[title]),
        (&httpx::FORMAT, httpx, &[certificate, title, "icon 443 -99"]),
    ];
    for (format, file, looks) in cases {
        let kept = taken(format, &file.replace('\n', ""));
        let of_address = kept.sightings.iter().filter(|seen| seen.asset.to_string() == "address:192.0.2.1").skip(1);
        assert_eq!(of_address.map(|seen| seen.what.as_str()).collect::<Vec<_>>(), looks, "{file}");
        assert!(!kept.sightings.iter().any(|seen| seen.what.starts_with("A ")), "no name leads there: {file}");
    }
}

#[test]
fn what_engines_get_wrong_is_reported() {
    let kept = taken(
        &shodan::FORMAT,
        "{\"ip_str\":\"nowhere\",\"port\":80}\n{\"ip_str\":\"192.0.2.1\"}\n{\"hostnames\":7}\n\
         {\"ip_str\":\"192.0.2.1\",\"port\":80,\"timestamp\":\"then\"}\n{\"ip_str\":\"192.0.2.1\",\"port\":80",
    );
    let lines: Vec<u64> = kept.rejected.iter().map(|bad| bad.line).collect();
    assert_eq!((lines, kept.rows, kept.sightings.len()), (vec![1, 2, 3, 4, 5], 5, 0));
    for format in [&fofa::FORMAT, &quake::FORMAT, &hunter::FORMAT, &zoomeye::FORMAT] {
        assert!(matches!(read(format, "x", b"<!DOCTYPE html><title>log in</title>"), Err(SourceError::HtmlPage { .. })));
        assert!(matches!(read(format, "x", b"a,b\n1,2\n"), Err(SourceError::Unlike { .. })));
    }
}

const NMAP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" args="nmap -sT -sV -oX -" start="1772352000" version="7.93" xmloutputversion="1.05">
<host starttime="1772352000" endtime="1772352000"><status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/><address addr="00:00:5E:00:53:01" addrtype="mac"/>
<hostnames><hostname name="www.x.gov.cn" type="user"/></hostnames>
<ports><port protocol="tcp" portid="443"><state state="open"/><service name="http" product="nginx" version="1.24" tunnel="ssl"><cpe>cpe:/a:x</cpe></service><script id="http-title" output="清河县人民政府&#xa;Requested resource was /index.html"/></port>
<port protocol="udp" portid="53"><state state="open"/><service name="domain"/></port>
<port protocol="tcp" portid="25"><state state="closed"/></port></ports></host>
<host><status state="down"/><address addr="192.0.2.2" addrtype="ipv4"/></host>
</nmaprun>"#;

#[test]
fn results_of_nmap() {
    let kept = taken(&nmap::FORMAT, NMAP);
    assert_eq!(
        seen(&kept),
        [
            "host:www.x.gov.cn A 192.0.2.1 2026-03-01T08:00",
            "host:www.x.gov.cn 443/tcp https nginx 1.24 2026-03-01T08:00",
            "host:www.x.gov.cn title 443 清河县人民政府 2026-03-01T08:00",
            "address:192.0.2.1 443/tcp https nginx 1.24 2026-03-01T08:00",
            "address:192.0.2.1 title 443 清河县人民政府 2026-03-01T08:00",
            "host:www.x.gov.cn A 192.0.2.1 2026-03-01T08:00",
            "host:www.x.gov.cn 53/udp domain 2026-03-01T08:00",
            "address:192.0.2.1 53/udp domain 2026-03-01T08:00",
        ]
    );
    assert_eq!((kept.rows, kept.rejected.len()), (2, 0));
    assert!(matches!(read(&nmap::FORMAT, "x", &NMAP.as_bytes()[..NMAP.len() - 200]), Err(SourceError::Io { .. })));
    let bomb = NMAP.replace("<!DOCTYPE nmaprun>", "<!DOCTYPE nmaprun [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>");
    assert!(matches!(read(&nmap::FORMAT, "x", bomb.as_bytes()), Err(SourceError::Unlike { .. })));
    assert!(matches!(read(&nmap::FORMAT, "x", b"<bom/>"), Err(SourceError::Unlike { .. })));
}

/// What Debian's nmap writes of two services that the test starts; one speaks HTTP, one nothing.
#[test]
fn a_real_scan() {
    let is_installed = Command::new("nmap").arg("--version").output().is_ok();
    if !is_installed {
        eprintln!("no nmap: install the package nmap");
        return;
    }
    let web = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (open, shut) = (web.local_addr().expect("an address").port(), closed.local_addr().expect("an address").port());
    drop(closed);
    thread::spawn(move || {
        for stream in web.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 1024]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        }
    });
    let ports = format!("{open},{shut}");
    let scan = Command::new("nmap")
        .args(["-sT", "-sV", "--version-intensity", "2", "-Pn", "-n", "-p", &ports, "-oX", "-", "127.0.0.1"])
        .output();
    let mut kept = Kept::default();
    let at = jiff::Timestamp::MAX;
    let output = scan.expect("nmap").stdout;
    let mut input = crate::source::input::Input::new("scan.xml", at, &output[..]).expect("an input");
    (nmap::FORMAT.read)(&mut input, &mut kept).expect("nmap's XML");
    let whats: Vec<_> = kept.sightings.iter().map(|seen| format!("{} {}", seen.asset, seen.what)).collect();
    assert_eq!(whats, [format!("address:127.0.0.1 {open}/tcp http nginx 1.24.0")], "{}", String::from_utf8_lossy(&output));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "(\\{|\\}|\\[|\\]|\"results\":|\"data\":|\"ip\":|\"port\":|443|\"192.0.2.1\"|,|ip,port\n|<nmaprun>|<host>|</host>|\\PC){0,30}") {
        let formats = [&fofa::FORMAT, &quake::FORMAT, &hunter::FORMAT, &zoomeye::FORMAT, &shodan::FORMAT, &censys::FORMAT, &nmap::FORMAT, &httpx::FORMAT, &nuclei::FORMAT];
        for format in formats {
            let _ = read(format, "x", text.as_bytes());
        }
    }
}
