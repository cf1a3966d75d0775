//! `mingcha lab up`: the small government Internet alone, for trying things out.

use std::path::Path;

use anyhow::Context;
use lab::lab::Lab;
use lab::world::World;
use model::text::Lang;
use ports::clock::Clock as _;

use crate::cli;
use crate::exit::{Exit, OrExit, ended};
use crate::wire::SystemClock;

/// Starts the lab and keeps it running until Ctrl-C.
pub async fn run(job: cli::Lab, lang: Lang) -> Exit {
    let cli::Lab::Up { world, replicas, out } = job;
    let world = match (world, replicas) {
        (Some(path), _) => World::load(&path).or_usage(),
        (None, Some(sites)) => Ok(World::replicate(sites)),
        (None, None) => World::builtin().or_failed(),
    };
    ended(match world {
        Ok(world) => up(world, &out, lang).await,
        Err(exit) => Err(exit),
    })
}

async fn up(world: World, out: &Path, lang: Lang) -> Result<Exit, Exit> {
    let lab = start(world, out).await.or_failed()?;
    let (resolver, files) = (lab.resolver(), [lab.ca_file(), lab.config_file(), lab.ledger_file()]);
    let [ca, config, ledger] = files.each_ref().map(|file| file.display());
    match lang {
        Lang::Zh => println!(
            "实验环境已启动\n  解析服务器  {resolver}\n  CA 证书     {ca}\n  配置文件    {config}\n  台账        {ledger}\n\n\
             另开终端执行：\n  mingcha sweep --config {config} --ledger {ledger}\n\n按 Ctrl-C 结束。"
        ),
        Lang::En => println!(
            "the lab is up\n  resolver       {resolver}\n  CA file        {ca}\n  configuration  {config}\n  ledger         {ledger}\n\n\
             In another terminal:\n  mingcha sweep --config {config} --ledger {ledger}\n\nCtrl-C ends it."
        ),
    }
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C").or_failed()?;
    lab.stop().await;
    Ok(Exit::Clean)
}

/// Starts a lab whose certificates are valid now.
pub async fn start(world: World, folder: &Path) -> anyhow::Result<Lab> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let folder = folder.canonicalize().with_context(|| format!("cannot resolve the folder {}", folder.display()))?;
    Ok(Lab::start(world, &folder, SystemClock.now()).await?)
}
