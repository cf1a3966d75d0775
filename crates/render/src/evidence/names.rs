//! Answers of the domain name system as evidence.

use model::facts::dns::{Answer, Dnssec, HostDns, Mx, Soa, ZoneDns};
use model::facts::mail::{Dmarc, DmarcPolicy, DmarcRecord, MailDns, Qualifier, Spf, SpfProblem};

use super::Blocks;

pub(super) fn host(blocks: &mut Blocks<'_>, dns: &HostDns) {
    blocks.field("查询域名", "Name asked", &dns.name);
    let aliases = dns.aliases.join(" → ");
    blocks.field("别名链（CNAME）", "Aliases (CNAME)", aliases);
    let rows = [row(blocks, "A", &dns.a, ToString::to_string), row(blocks, "AAAA", &dns.aaaa, ToString::to_string)];
    answers(blocks, rows);
}

pub(super) fn zone(blocks: &mut Blocks<'_>, dns: &ZoneDns) {
    blocks.field("域名区", "Zone", &dns.zone);
    let state = match &dns.dnssec {
        Dnssec::Secure => blocks.say("签名有效", "secure").into(),
        Dnssec::Insecure => blocks.say("未签名", "insecure (not signed)").into(),
        Dnssec::Bogus(why) => format!("{}{why}", blocks.say("签名无效：", "bogus: ")),
        Dnssec::Indeterminate(failure) => failure.text().get(blocks.lang).to_owned(),
    };
    blocks.field("DNSSEC", "DNSSEC", state);
    let own = String::clone;
    let rows = [
        row(blocks, "NS", &dns.ns, own),
        row(blocks, "SOA", &dns.soa, |soa: &Soa| format!("{} {} {}", soa.mname, soa.rname, soa.serial)),
        row(blocks, "MX", &dns.mx, exchanger),
        row(blocks, "TXT", &dns.txt, own),
        row(blocks, "CAA", &dns.caa, own),
        row(blocks, "DS", &dns.ds, own),
        row(blocks, "DNSKEY", &dns.dnskey, own),
    ];
    answers(blocks, rows);
}

pub(super) fn mail(blocks: &mut Blocks<'_>, dns: &MailDns) {
    blocks.field("邮件域名", "Mail domain", &dns.domain);
    spf(blocks, &dns.spf);
    dmarc(blocks, &dns.dmarc);
    let mx = row(blocks, "MX", &dns.mx, exchanger);
    let none = blocks.say("无记录", "no record").to_owned();
    let texts = |records: Vec<&String>| {
        let joined = records.iter().map(|record| record.as_str()).collect::<Vec<_>>().join("\n");
        if joined.is_empty() { none.clone() } else { joined }
    };
    let spf = ["SPF".to_owned(), texts(dns.spf.records.iter().collect())];
    let dmarc = ["DMARC".to_owned(), texts(dns.dmarc.records.iter().map(|record| &record.text).collect())];
    answers(blocks, [mx, spf, dmarc]);
}

fn spf(blocks: &mut Blocks<'_>, spf: &Spf) {
    if !spf.records.is_empty() {
        let end = match spf.all {
            Some(Qualifier::Pass) => "+all",
            Some(Qualifier::Fail) => "-all",
            Some(Qualifier::SoftFail) => "~all",
            Some(Qualifier::Neutral) => "?all",
            None => blocks.say("无 all 机制", "no all mechanism"),
        };
        blocks.field("SPF 末项", "SPF ends in", end);
        blocks.field("SPF 查询次数", "SPF look-ups", spf.lookups.to_string());
    }
    let problems: Vec<_> = spf.problems.iter().map(|problem| spf_problem(blocks, problem)).collect();
    let problems = blocks.list(&problems);
    blocks.field("SPF 问题", "SPF problems", problems);
    if let Some(failure) = &spf.unanswered {
        let words = failure.text();
        let words = words.get(blocks.lang);
        blocks.field("SPF 未获应答", "SPF not answered", words);
    }
}

fn spf_problem(blocks: &Blocks<'_>, problem: &SpfProblem) -> String {
    match problem {
        SpfProblem::SeveralRecords(name) => format!("{}{name}", blocks.say("存在多条记录：", "several records at ")),
        SpfProblem::Syntax { domain, term } => format!("{}{domain}: {term}", blocks.say("语法错误：", "syntax error at ")),
        SpfProblem::TooManyLookups => blocks.say("查询次数超过 10 次", "more than ten look-ups").into(),
        SpfProblem::TooManyVoidLookups => blocks.say("空应答超过 2 次", "more than two void look-ups").into(),
        SpfProblem::MissingTarget(name) => format!("{}{name}", blocks.say("引用的记录不存在：", "no record at ")),
        SpfProblem::Loop(name) => format!("{}{name}", blocks.say("循环引用：", "loop through ")),
    }
}

fn dmarc(blocks: &mut Blocks<'_>, dmarc: &Dmarc) {
    let asked = dmarc.asked.join(" → ");
    blocks.field("DMARC 查询", "DMARC asked at", asked);
    blocks.field("DMARC 记录位置", "DMARC found at", dmarc.found_at.as_deref().unwrap_or(""));
    let policies: Vec<_> = dmarc.records.iter().map(|record| policy(blocks, record)).collect();
    let policies = blocks.list(&policies);
    blocks.field("DMARC 策略", "DMARC policy", policies);
    if let Some(failure) = &dmarc.unanswered {
        let words = failure.text();
        let words = words.get(blocks.lang);
        blocks.field("DMARC 未获应答", "DMARC not answered", words);
    }
}

fn policy(blocks: &Blocks<'_>, record: &DmarcRecord) -> String {
    let policy = match record.policy {
        Some(DmarcPolicy::None) => "p=none",
        Some(DmarcPolicy::Quarantine) => "p=quarantine",
        Some(DmarcPolicy::Reject) => "p=reject",
        None => blocks.say("无有效策略", "no valid policy"),
    };
    let problems = blocks.list(&record.problems);
    if problems.is_empty() { policy.into() } else { format!("{policy} ({problems})") }
}

fn exchanger(mx: &Mx) -> String {
    format!("{} {}", mx.preference, if mx.host.is_empty() { "." } else { &mx.host })
}

fn row<T>(blocks: &Blocks<'_>, name: &str, answer: &Answer<T>, show: impl Fn(&T) -> String) -> [String; 2] {
    let text = match answer {
        Answer::Records(records) => records.iter().take(super::ROWS).map(show).collect::<Vec<_>>().join("\n"),
        Answer::Empty => blocks.say("无此类记录", "no record of this type").into(),
        Answer::NameNotFound => blocks.say("域名不存在", "the name does not exist").into(),
        Answer::Failed(failure) => failure.text().get(blocks.lang).to_owned(),
    };
    [name.into(), text]
}

fn answers(blocks: &mut Blocks<'_>, rows: impl IntoIterator<Item = [String; 2]>) {
    blocks.table(("解析应答", "Answers"), [("类型", "Type"), ("应答", "Answer")], rows);
}
