//! Pages per CPU second against the whole Wappalyzer-format set, and against all sets.
//!
//! `MINGCHA_SAMPLE_DATA=… cargo bench -p fingerprints` generates 2,000 pages; `MINGCHA_BENCH_PAGES=FOLDER` reads `.html` files instead,
//! repeated to 2,000. With `MINGCHA_BENCH_OUT=FILE` it also writes what was found on each file of the folder, for comparison with others.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench reads files, measures and prints"
)]

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::fmt::Write;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use fingerprints::{Catalogue, PageInput, Set};

const PAGES: usize = 2000;
const HEADERS: &[(&str, &str)] =
    &[("Server", "nginx/1.22.1"), ("X-Powered-By", "PHP/8.2.7"), ("Content-Type", "text/html; charset=utf-8")];

fn main() {
    let (Some(wappalyzer), Some(all)) = (sample::set(Set::Wappalyzer), sample::all()) else { return };
    let pages = pages();
    let bytes: usize = pages.iter().map(|(_, html)| html.len()).sum();
    for (name, sources) in [("wappalyzer", wappalyzer), ("all sets", all)] {
        let started = Instant::now();
        let catalogue = Catalogue::build(sources);
        let built = started.elapsed();
        let resident = resident();
        let (mut found, started) = (0, cpu());
        for (_, html) in pages.iter().cycle().take(PAGES) {
            found += black_box(catalogue.page(&input(html))).found.len();
        }
        let rate = PAGES as f64 / (cpu() - started);
        println!(
            "{name}: {rate:.0} pages per CPU second ({} KB each, {found} found), built in {} ms, automata {} MiB, resident {resident} MiB then, {} MiB now",
            bytes / pages.len() / 1000,
            built.as_millis(),
            catalogue.memory() >> 20,
            self::resident(),
        );
        if name == "wappalyzer" {
            write_found(&catalogue, &pages);
        }
    }
}

fn input(html: &str) -> PageInput<'_> {
    PageInput { url: "https://www.example.gov.cn/", status: 200, headers: HEADERS, html, ..PageInput::default() }
}

/// The files of a folder, or generated pages.
fn pages() -> Vec<(String, String)> {
    let Some(folder) = std::env::var_os("MINGCHA_BENCH_PAGES") else {
        return (0..PAGES).map(|number| (format!("{number}"), generated(number))).collect();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())).collect()
}

/// A page of a government site: some scripts, style, a list of notices; every page differs.
fn generated(number: usize) -> String {
    let mut page = format!(
        "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某市第{number}局</title>\
         <meta name=generator content='WordPress 6.{}'><link rel=stylesheet href='/css/bootstrap-{}.min.css'>\
         <script src='/js/jquery-3.{}.0.min.js'></script><script src='https://hm.example/hm.js?{number}'></script>\
         <script>var _hmt=_hmt||[];(function(){{var s=document.createElement('script');s.src='/a/{number}.js';}})();</script></head><body>",
        number % 7,
        number % 5,
        number % 8,
    );
    for item in 0..150 + number % 150 {
        writeln!(
            page,
            "<li class='item list-{item}' id=n{item}><a href='/art/{number}/{item}.html' target=_blank title='关于通知'>关于印发第{item}号文件的通知</a>\
             <span class=date>2026-0{}-1{}</span><img src='/img/{item}.png' alt='图'></li>",
            item % 9 + 1,
            item % 9,
        )
        .unwrap();
    }
    page + "</body></html>"
}

fn write_found(catalogue: &Catalogue, pages: &[(String, String)]) {
    let Some(out) = std::env::var_os("MINGCHA_BENCH_OUT") else { return };
    let mut lines = String::new();
    for (name, html) in pages {
        for technology in catalogue.page(&input(html)).found {
            let version = technology.version.map_or(String::new(), |version| version.number);
            writeln!(lines, "{name}\t{}\t{version}", technology.name).unwrap();
        }
    }
    std::fs::write(out, lines).unwrap();
}

/// CPU seconds of this process, user and system (proc(5), fields 14 and 15, in hundredths).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Resident memory in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}
