//! Evidence of other clients, of entrances, and of active tests.

use model::facts::clients::{ClientVisits, Entrance, Entrances};
use model::facts::proofs::{PasswordTrials, Proofs, Provocation};
use model::observation::Outcome;

use super::Blocks;

pub(super) fn clients(blocks: &mut Blocks<'_>, clients: &ClientVisits) {
    let lang = blocks.lang;
    blocks.field("地址", "Address", &clients.url);
    let rows: Vec<_> = clients
        .visits
        .iter()
        .map(|visit| match &visit.answer {
            Outcome::Seen(answer) => [
                visit.browser.clone(),
                answer.status.to_string(),
                answer.title.clone(),
                answer.turned_away.clone().unwrap_or_default(),
            ],
            Outcome::Failed(failure) => {
                [visit.browser.clone(), String::new(), String::new(), failure.text().get(lang).to_owned()]
            }
        })
        .collect();
    let heads = [("浏览器", "Browser"), ("状态码", "Status"), ("标题", "Title"), ("提示", "Told")];
    blocks.table(("多种浏览器访问", "As several browsers"), heads, rows);
    let rows: Vec<_> = clients
        .demands
        .iter()
        .map(|demand| {
            let binding = blocks.yes(demand.compelling).to_owned();
            [demand.client.label().get(lang).to_owned(), demand.matched.clone(), demand.place.clone(), binding]
        })
        .collect();
    let heads = [("要求", "Asked for"), ("内容", "Text"), ("位置", "Where"), ("强制", "Compelling")];
    blocks.table(("对客户端的要求", "Demands on the client"), heads, rows);
}

pub(super) fn entrances(blocks: &mut Blocks<'_>, entrances: &Entrances) {
    blocks.field("页面", "Page", &entrances.page);
    let rows: Vec<_> = entrances.entrances.iter().map(|one| entrance(blocks, one)).collect();
    let heads = [("入口", "Entrance"), ("面向", "For"), ("系统", "System"), ("登录方式", "Ways to sign in")];
    blocks.table(("入口", "Entrances"), heads, rows);
}

fn entrance(blocks: &Blocks<'_>, one: &Entrance) -> [String; 4] {
    let lang = blocks.lang;
    let address = format!("{}\n{}", one.words, one.url);
    match &one.page {
        Outcome::Seen(page) => {
            let system = page.system.map_or("", |system| system.label().get(lang));
            let ways: Vec<_> = page.ways.iter().map(|way| way.label().get(lang)).collect();
            [
                format!("{address}\n{}", page.title),
                page.audience.label().get(lang).to_owned(),
                format!("{system}\n{}", page.product.as_deref().unwrap_or_default()),
                ways.join("\n"),
            ]
        }
        Outcome::Failed(failure) => [address, String::new(), failure.text().get(lang).to_owned(), String::new()],
    }
}

pub(super) fn proofs(blocks: &mut Blocks<'_>, proofs: &Proofs) {
    blocks.field("目标", "Target", &proofs.target);
    blocks.field("模板集", "Templates", &proofs.catalogue);
    blocks.field("已运行", "Ran", proofs.ran.to_string());
    let counts = |counts: &std::collections::BTreeMap<String, u32>| {
        counts.iter().map(|(reason, count)| format!("{reason}: {count}")).collect::<Vec<_>>().join("\n")
    };
    blocks.field("拒绝运行", "Refused", counts(&proofs.refused));
    blocks.field("未能运行", "Failed", counts(&proofs.failed));
    if let Some(failure) = &proofs.stopped {
        blocks.field("中止原因", "Stopped", failure.text().get(blocks.lang));
    }
    let rows = proofs.hits.iter().map(|hit| {
        let extracted = hit.extracted.iter().map(|(name, values)| format!("{name}: {}", values.join(", ")));
        let name = format!("{}\n{}\n{}", hit.template, hit.name, hit.vulnerabilities.join(", "));
        [name, hit.severity.clone(), hit.request.clone(), extracted.collect::<Vec<_>>().join("\n")]
    });
    let heads = [("模板", "Template"), ("严重程度", "Severity"), ("请求", "Request"), ("提取内容", "Extracted")];
    blocks.table(("命中", "Proven"), heads, rows);
}

pub(super) fn provocation(blocks: &mut Blocks<'_>, tried: &Provocation) {
    blocks.field("地址", "Address", &tried.url);
    blocks.field("普通请求状态码", "Plain request", tried.plain.to_string());
    let cut = blocks.say("连接被切断", "connection cut").to_owned();
    blocks.field("试探请求状态码", "Provoking request", tried.provoked.map_or(cut, |status| status.to_string()));
    blocks.field("是否被拦截", "Stopped", blocks.yes(tried.stopped));
    blocks.field("防护设备", "Device", tried.device.as_deref().unwrap_or_default());
}

pub(super) fn passwords(blocks: &mut Blocks<'_>, trials: &PasswordTrials) {
    blocks.field("口令清单", "List", &trials.list);
    if let Some(failure) = &trials.stopped {
        blocks.field("中止原因", "Stopped", failure.text().get(blocks.lang));
    }
    let rows: Vec<_> = trials
        .trials
        .iter()
        .map(|trial| {
            let accepted = match &trial.accepted {
                Outcome::Seen(accepted) => blocks.yes(*accepted).to_owned(),
                Outcome::Failed(failure) => failure.text().get(blocks.lang).to_owned(),
            };
            let product = format!("{} {}", trial.product, trial.account);
            [trial.place.clone(), product, trial.attempts.to_string(), accepted]
        })
        .collect();
    let heads =
        [("位置", "Where"), ("产品与账号", "Product, account"), ("次数", "Attempts"), ("默认口令有效", "Default accepted")];
    blocks.table(("默认口令测试", "Default passwords"), heads, rows);
}
