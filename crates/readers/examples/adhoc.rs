#![allow(
    missing_docs,
    clippy::all,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]
use std::time::Instant;
fn main() {
    let list = std::fs::read_to_string("/work/shared/data/08-psl-tld/public_suffix_list.dat").unwrap();
    let (mut n, mut bad) = (0, 0);
    for line in list.lines() {
        if line.contains("BEGIN PRIVATE") {
            println!("icann: {n} {bad}");
        }
        let rule = line.trim();
        if rule.is_empty() || rule.starts_with("//") {
            continue;
        }
        n += 1;
        let (name, suffix_is, reg_is) = if let Some(r) = rule.strip_prefix('!') {
            (format!("www.{r}"), r.split_once('.').unwrap().1.to_owned(), Some(r.to_owned()))
        } else if let Some(r) = rule.strip_prefix("*.") {
            (format!("a.b.{r}"), format!("b.{r}"), Some(format!("a.b.{r}")))
        } else {
            (format!("x.y.{rule}"), rule.to_owned(), Some(format!("y.{rule}")))
        };
        let h = readers::names::host(&name);
        let a = |t: &str| idna::domain_to_ascii(t).unwrap();
        match h {
            Some(h) if h.suffix == a(&suffix_is) && h.registrable == reg_is.clone().map(|r| a(&r)) => {}
            other => {
                bad += 1;
                if bad < 15 {
                    println!("{rule}: {other:?}");
                }
            }
        }
    }
    println!("psl rules {n}, different {bad}");
    let block = r#"<div class="list"><ul><li><a href="/art/2026/1/1/art_1_1.html" title="示例市召开工作会议" target="_blank">示例市召开数字政府建设工作推进会议</a><span>2026-01-01</span></li><li><a href='http://www.other.gov.cn/x?a=1&amp;b=2'><img src="/images/a.jpg" alt="专题"/></a></li></ul><p style="color:red">为深入贯彻落实有关部署要求，推进互联网政务应用安全管理工作，&nbsp;现将有关事项通知如下。</p></div><script>var a=1;function f(x){return x<2?"a":'b';}</script>
"#;
    for (name, html) in [
        ("ordinary", block.repeat(200_000 / block.len())),
        ("links", "<a href=/x/1>某</a>".repeat(9000)),
        ("divs", "<div>".repeat(40_000)),
        ("unclosed", "<a href=/x><div></p>".repeat(10_000)),
        ("lt", "<".repeat(200_000)),
        ("amp", "&".repeat(200_000)),
        ("amps", "&amp".repeat(50_000)),
        ("comments", "<!--conac-->".repeat(16_000)),
        ("comments2", "<!--<a href='//bszs.conac.cn/'>-->".repeat(6_000)),
        ("script", format!("<script>{}", "'conac".repeat(30_000))),
        ("icp", "京ICP备".repeat(20_000)),
        ("icp2", format!("京ICP备{}", " ".repeat(200_000))),
        ("police", "公网安备1".repeat(15_000)),
        ("spaces", "主办单位 ".repeat(15_000)),
        ("quot", "'".repeat(200_000)),
        ("attrs", format!("<a {}>", "x=1 ".repeat(50_000))),
        ("formx", "<form>".repeat(30_000)),
        ("ends", format!("{}{}", "<a>".repeat(30_000), "</a>".repeat(25_000))),
    ] {
        let t = Instant::now();
        let p = readers::page::read(&html, "http://www.example.gov.cn/");
        let d = t.elapsed();
        println!(
            "{name}: {} bytes {:?} {:.1} MB/s links {} marks {} text {}",
            html.len(),
            d,
            html.len() as f64 / 1e6 / d.as_secs_f64(),
            p.links.len(),
            p.marks.len(),
            p.text.len()
        );
    }
    let html = block.repeat(200_000 / block.len());
    for _ in 0..3 {
        let t = Instant::now();
        for _ in 0..20 {
            std::hint::black_box(readers::page::read(&html, "http://www.example.gov.cn/"));
        }
        println!("{:?}/page {:.1} MB/s", t.elapsed() / 20, 20.0 * html.len() as f64 / 1e6 / t.elapsed().as_secs_f64());
    }
    let gbk = encoding_rs::GBK.encode(&html).0.into_owned();
    let t = Instant::now();
    readers::charset::decode(&gbk, None);
    println!("charset {:?}", t.elapsed());
}
