//! Puts the parts together as the configuration says. Nobody else names an adapter.

use std::sync::Arc;

use anyhow::Context;
use blobs_folder::FolderBlobs;
use browser::Browser;
use dialer::dialer::Dialer;
use engine::{Engine, Limits};
use jiff::Timestamp;
use model::observation::{Failure, FailureClass};
use model::text::Text;
use ports::blobs::Blobs;
use ports::clock::Clock;
use ports::store::Store;
use probe::probes::Probes;
use store_sqlite::SqliteStore;

use crate::config::Config;

/// The system's clock, to the millisecond, so that a time survives every store unchanged.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The store that the configuration names.
pub fn store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    let path = config.store_file()?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    Ok(Arc::new(SqliteStore::open(&path)?))
}

/// The place for raw evidence that the configuration names.
pub fn blobs(config: &Config) -> anyhow::Result<Arc<dyn Blobs>> {
    Ok(Arc::new(FolderBlobs::open(&config.blobs_folder()?)?))
}

/// Everything, ready to run. `with_browser` starts Chromium; judging again needs none.
pub async fn engine(config: &Config, with_browser: bool) -> anyhow::Result<Engine> {
    let clock = Arc::new(SystemClock);
    let ticking = clock.clone();
    let dialer = Dialer::new(config.net.clone(), Arc::new(move || ticking.now()))?;
    let browser = if with_browser { launch(config, &dialer).await } else { Err(not_started()) };
    Ok(Engine {
        store: store(config)?,
        blobs: blobs(config)?,
        clock,
        probes: Probes::new(dialer.clone())?,
        dialer,
        browser,
        policy: config.policy.clone(),
        limits: Limits {
            subjects_at_a_time: config.limits.subjects_at_a_time.max(1),
            links_per_site: config.limits.links_per_site,
        },
    })
}

/// What a reader of the report must know of how the browser ran.
pub fn browser_notes(engine: &Engine) -> Vec<Text> {
    match &engine.browser {
        Err(failure) => {
            let why = failure.text();
            vec![Text::new(
                format!("本次检测未使用浏览器：{}。需要渲染页面的规则均无法判定。安装方法：apt-get install chromium fonts-noto-cjk", why.zh),
                format!(
                    "No browser was used: {}. Rules that need a rendered page are undetermined. To install it: apt-get install chromium fonts-noto-cjk",
                    why.en
                ),
            )]
        }
        Ok(browser) if !browser.sandboxed() => vec![Text::new(
            "浏览器在本机无法启用沙箱，以无沙箱方式运行；正式使用请以普通用户运行或启用用户命名空间",
            "The browser's sandbox does not work on this machine; it ran without. For production run as an ordinary user or enable user namespaces",
        )],
        Ok(_) => Vec::new(),
    }
}

async fn launch(config: &Config, dialer: &Dialer) -> Result<Browser, Failure> {
    if !config.browser.enabled {
        return Err(Failure::new(FailureClass::ToolMissing, "browser.enabled is false"));
    }
    Browser::launch(config.browser.clone(), dialer.clone()).await.map_err(|error| {
        tracing::warn!(%error, "rendered pages will be undetermined");
        Failure::new(FailureClass::ToolMissing, error.to_string())
    })
}

fn not_started() -> Failure {
    Failure::new(FailureClass::ToolMissing, "the browser was not started")
}
