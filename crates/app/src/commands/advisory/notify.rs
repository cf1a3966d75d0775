//! `mingcha advisory notify`: a notice to each affected institution, in one step.

use std::path::Path;

use anyhow::Context;
use model::advisory::{Certainty, Notice};
use model::text::{Lang, Text};
use ports::ledger::Region;
use watch::{Deadlines, Order};

use crate::cli::advisory::Notify;
use crate::config::Config;
use crate::exit::{Exit, OrExit};
use crate::output::print;
use crate::wire;

/// Writes the notices and records them.
pub async fn notify(job: Notify, config: &Config, lang: Lang) -> Result<Exit, Exit> {
    let watch = wire::watch(config).or_failed()?;
    super::work_off(&watch, lang).await?;
    if let Some(folder) = &job.out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display())).or_usage()?;
    }
    let order = Order { by: &job.by, at: wire::now(), least: Certainty::Possible, again: false, deadlines: Deadlines::default() };
    let notified = watch.notify(&job.name, &Region::of(job.region), order).await.or_failed()?;
    for notice in &notified.notices {
        match &job.out {
            Some(folder) => write(folder, notice, lang)?,
            None => print(&format!("{}\n", notice.text.get(lang)))?,
        }
    }
    let (count, known, ownerless, unsure) = (notified.notices.len(), notified.known, notified.ownerless, notified.unsure);
    let told = Text::new(
        format!("已生成通知 {count} 份；此前已通知的问题 {known} 个，开办单位未知 {ownerless} 个，把握不足未通知 {unsure} 个"),
        format!("{count} notices; {known} findings told before, {ownerless} without a known owner, {unsure} not sure enough"),
    );
    eprintln!("{}", told.get(lang));
    Ok(Exit::Clean)
}

fn write(folder: &Path, notice: &Notice, lang: Lang) -> Result<(), Exit> {
    // Keys of institutions are codes or names out of files: nothing of them may lead elsewhere.
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    let key: String = format!("{}-{}", notice.vulnerability, notice.institution.key).chars().map(plain).take(120).collect();
    let path = folder.join(format!("{key}.txt"));
    std::fs::write(&path, format!("{}\n", notice.text.get(lang)))
        .with_context(|| format!("cannot write {}", path.display()))
        .or_failed()
}
