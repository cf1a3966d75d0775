//! `mingcha advisory import`: advisories in, findings out.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, anyhow};
use ingest::source::advisories::sniff;
use ingest::source::input::Input;
use intake::Offer;
use model::ledger::source::{SourceClass, SourceKind};
use model::text::{Lang, Text};
use watch::Watch;

use super::super::source::settle;
use crate::cli::advisory::Import;
use crate::config::Config;
use crate::exit::{Exit, OrExit};
use crate::wire;

/// Imports each file as what it is, then works off what follows.
pub async fn import(job: &Import, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let intake = wire::intake(config).or_failed()?;
    let mut exit = Exit::Clean;
    for file in &job.files {
        let shown = file.display().to_string();
        let kind = match job.kind {
            Some(kind) if kind.class() == SourceClass::Advisory => kind,
            Some(kind) => return Err(Exit::Usage(no_advisory(kind, lang))),
            None => told(file, lang)?,
        };
        eprintln!("{shown}: {}", kind.label().get(lang));
        let offer = Offer { kind, name: &job.name, origin: &shown, file, at: wire::now(), about: None };
        if let failed @ Exit::Usage(_) = settle(intake.deliver(offer).await.or_failed()?, lang)? {
            exit = failed;
        }
    }
    work_off(&wire::watch(config).or_failed()?, lang).await?;
    Ok(exit)
}

/// Works off what changed, and says what came of it.
pub async fn work_off(watch: &Watch, lang: Lang) -> Result<(), Exit> {
    let settled = watch.settle(wire::now()).await.or_failed()?;
    let (opened, closed, confirmed) = (settled.opened, settled.closed, settled.confirmed);
    if settled.names + settled.subjects > 0 {
        let told = Text::new(
            format!("漏洞匹配：新发现 {opened}，关闭 {closed}，仍存在 {confirmed}"),
            format!("matched: {opened} opened, {closed} closed, {confirmed} still there"),
        );
        eprintln!("{}", told.get(lang));
    }
    Ok(())
}

/// The kind that the content tells.
fn told(file: &Path, lang: Lang) -> Result<SourceKind, Exit> {
    let shown = file.display().to_string();
    let opened = File::open(file).with_context(|| format!("cannot read {shown}")).or_usage()?;
    let input = Input::new(&shown, wire::now(), opened).or_usage()?;
    let unknown = Text::new(
        format!("{shown}：无法识别为漏洞公告，请用 --kind 指定类别（见 mingcha source formats）"),
        format!("{shown}: no known form of advisories; name its kind with --kind (see mingcha source formats)"),
    );
    sniff::kind(input.start()).ok_or_else(|| anyhow!("{}", unknown.get(lang))).or_usage()
}

fn no_advisory(kind: SourceKind, lang: Lang) -> anyhow::Error {
    let word = kind.word();
    let text = Text::new(
        format!("{word} 不是漏洞公告，请用 mingcha source import {word}"),
        format!("{word} holds no advisories: use mingcha source import {word}"),
    );
    anyhow!("{}", text.get(lang))
}
