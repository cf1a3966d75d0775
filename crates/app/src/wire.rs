//! Puts the parts together as the configuration says. Nobody else names an adapter.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::Duration;

use anyhow::Context;
use blobs_folder::FolderBlobs;
use browser::Browser;
use dialer::account::{Contact, Sink};
use dialer::dialer::Dialer;
use engine::instruments::Instruments;
use engine::mapping::Mapping;
use engine::{Engine, Limits, Scope, Vantage, estate};
use feeds::{Fetcher, FetcherSettings};
use fingerprints::Catalogue;
use ingest::names;
use ingest::paths::Paths;
use intake::{Intake, Offer};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::facts::discovery::FoundBy;
use model::facts::services::Transport;
use model::ledger::Entry;
use model::ledger::source::SourceKind;
use model::observation::{Failure, FailureClass};
use model::passwords::DefaultPasswords;
use model::text::Text;
use ports::blobs::Blobs;
use ports::clock::Clock;
use probe::probes::Probes;
use readers::services::ports::usual;
use store_sqlite::SqliteStore;
use store_sqlite::blobs::SqliteBlobs;
use vulns::scripts::Detectors;
use watch::Watch;

use crate::config::{self, BlobsPlace, Config, Map};

/// The system's clock, to the millisecond, so that a time survives every store unchanged.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The time, as stores keep it.
pub fn now() -> Timestamp {
    SystemClock.now()
}

/// The store that the configuration names.
pub fn store(config: &Config) -> anyhow::Result<Arc<SqliteStore>> {
    let path = config.store_file()?;
    make_folder_of(&path)?;
    Ok(Arc::new(SqliteStore::open(&path)?))
}

/// The ledger in the store that the configuration names.
pub fn intake(config: &Config) -> anyhow::Result<Intake> {
    let config::Intake { hold_above_percent, hold_from } = config.intake;
    let (store, held) = (store(config)?, config.beside_store("held")?);
    Ok(Intake::new(store.clone(), store, intake::Settings { hold_above_percent, hold_from, held }))
}

/// The watch over the store that the configuration names.
pub fn watch(config: &Config) -> anyhow::Result<Watch> {
    let store = store(config)?;
    Ok(Watch::new(store.clone(), store))
}

/// The ledger with the files of `[lists]` imported.
pub async fn ledger(config: &Config) -> anyhow::Result<Intake> {
    let intake = intake(config)?;
    for (kind, paths) in &config.lists {
        for path in paths.all() {
            let shown = path.display().to_string();
            // A file a source, so that two files of one kind do not withdraw each other's words.
            let offer = Offer { kind: *kind, name: &shown, origin: &shown, file: path, at: now(), about: None };
            let delivery = intake.deliver_if_new(offer).await.with_context(|| format!("[lists] {}", kind.word()))?;
            if let Some(reason) = delivery.and_then(|delivery| delivery.reason) {
                tracing::warn!("[lists] {}: {}", kind.word(), reason.en);
            }
        }
    }
    Ok(intake)
}

/// What fetches the configured sources.
pub fn fetcher(config: &Config) -> anyhow::Result<Fetcher> {
    let spool = config.beside_store("spool")?;
    std::fs::create_dir_all(&spool).with_context(|| format!("cannot create the folder {}", spool.display()))?;
    let settings = FetcherSettings {
        spool,
        extra_root_certificates: config.net.extra_root_certificates.clone(),
        user_agent: config.net.user_agent.clone(),
        proxy: config.net.proxy.clone(),
    };
    Ok(Fetcher::new(&settings, Box::new(|name| std::env::var(name).ok()))?)
}

fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))
}

/// The place for raw evidence that the configuration names.
pub fn blobs(config: &Config) -> anyhow::Result<Arc<dyn Blobs>> {
    Ok(match config.blobs_place()? {
        BlobsPlace::Folder(path) => Arc::new(FolderBlobs::open(&path)?),
        BlobsPlace::File(path) => {
            make_folder_of(&path)?;
            Arc::new(SqliteBlobs::open(&path)?)
        }
    })
}

/// Everything, ready to run over `ledger`. Its closed hosts (L0) are excluded, so that redirects and links do not lead there either.
/// `with_browser` starts Chromium; judging again and mapping need none.
pub async fn engine(config: &Config, with_browser: bool, scope: Scope, ledger: &[Entry]) -> anyhow::Result<Arc<Engine>> {
    let clock = Arc::new(SystemClock);
    let ticking = clock.clone();
    let mut net = config.net.clone();
    net.exclude.extend(estate::forbidden_hosts(ledger, clock.now().to_zoned(TimeZone::UTC).date()));
    let dialer = Dialer::new(net, Arc::new(move || ticking.now()))?;
    let store = store(config)?;
    dialer.account().set_sink(contact_log(&config.contact_log()?)?);
    let vantages = config.vantages.iter().map(|vantage| other_vantage(&dialer, vantage)).collect::<Result<_, _>>()?;
    let browser = if with_browser { launch(config, &dialer).await } else { Err(not_started()) };
    Ok(Arc::new(Engine {
        ledger: Some(store.clone()),
        watch: Some(Arc::new(Watch::new(store.clone(), store.clone()))),
        store,
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
        scope,
        mapping: mapping(config, scope, ledger)?,
        instruments: instruments(config)?,
        vantages,
    }))
}

/// The hosts of a ledger, A-label form.
fn hosts(entries: &[Entry]) -> BTreeSet<String> {
    entries.iter().filter_map(|entry| entry.application.host.as_ref()).map(|host| host.ascii.clone()).collect()
}

fn other_vantage(dialer: &Dialer, vantage: &dialer::settings::Vantage) -> anyhow::Result<Vantage> {
    let seen_from = dialer.seen_from(vantage.clone()).with_context(|| format!("[[vantages]] {}", vantage.name))?;
    Ok(Vantage { name: vantage.name.clone(), probes: Probes::new(seen_from)? })
}

/// What a map is made with; where addresses are and what a page is made of, checks want to know as well.
fn mapping(config: &Config, scope: Scope, ledger: &[Entry]) -> anyhow::Result<Mapping> {
    let (atlas, skipped) = ingest::geo::load(&config.geo).context("[geo]")?;
    skipped.iter().for_each(|skipped| tracing::warn!("[geo] {skipped}"));
    let sets = ingest::fingerprints::load(&config.fingerprints)?;
    let catalogue = Catalogue::build(sets);
    for (set, count) in catalogue.counts().iter().filter(|(_, count)| count.skipped > 0) {
        tracing::warn!("[fingerprints] {}: {} patterns cannot be used; -v names them", set.name(), count.skipped);
    }
    for skipped in catalogue.skipped() {
        tracing::info!("[fingerprints] {} {}: {}", skipped.file, skipped.entry, skipped.reason);
    }
    let ports = |own: &Option<Vec<u16>>, transport| own.clone().unwrap_or_else(|| usual(transport));
    Ok(Mapping {
        atlas: Arc::new(atlas),
        catalogue: Arc::new(catalogue),
        ports: ports(&config.map.ports, Transport::Tcp),
        udp_ports: ports(&config.map.udp_ports, Transport::Udp),
        crawl: config.map.crawl.clone(),
        names: Arc::new(if scope.maps() { imported_names(&config.map)? } else { Vec::new() }),
        known: Arc::new(hosts(ledger)),
    })
}

/// What a check is made with.
fn instruments(config: &Config) -> anyhow::Result<Instruments> {
    // The repository says both what is vulnerable and how it is recognised.
    let repositories = config.lists.get(&SourceKind::RetireJs).map(|paths| paths.all()).unwrap_or_default();
    let detectors = repositories.first().map(|path| detectors(path)).transpose()?;
    let active = &config.active;
    let templates = if active.templates.all().is_empty() { None } else { Some(templates(&active.templates)?) };
    let passwords = active.default_passwords.as_deref().map(passwords).transpose()?;
    Ok(Instruments {
        detectors: detectors.map(Arc::new),
        scripts: config.scripts.clone(),
        templates: templates.map(Arc::new),
        proofs: active.proofs.clone(),
        passwords: passwords.map(Arc::new),
        password_pause: Duration::from_secs(active.password_pause_s),
    })
}

fn templates(paths: &Paths) -> anyhow::Result<templates::Catalogue> {
    let catalogue = ingest::templates::load(paths).context("[active] templates")?;
    let (taken, refused) = (catalogue.templates().len(), catalogue.refused().len());
    if refused > 0 {
        tracing::warn!("[active] templates: {taken} taken, {refused} refused as not harmless or not understood; -v names them");
    }
    for refusal in catalogue.refused() {
        tracing::info!("[active] templates: {}", refusal.text().en);
    }
    Ok(catalogue)
}

fn passwords(path: &Path) -> anyhow::Result<DefaultPasswords> {
    let loaded = ingest::passwords::load(path).context("[active] default_passwords")?;
    let shown = path.display();
    for rejected in &loaded.rejected {
        tracing::warn!("[active] default_passwords: {shown}:{}: {}", rejected.line, rejected.reason.en);
    }
    Ok(loaded.list)
}

fn detectors(path: &Path) -> anyhow::Result<Detectors> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("[lists] retirejs: cannot read {shown}"))?;
    Detectors::from_repository(&bytes).with_context(|| format!("[lists] retirejs: {shown}"))
}

/// The names in the files that the settings name, each with its row. A bad row costs itself.
fn imported_names(map: &Map) -> anyhow::Result<Vec<(String, FoundBy, String)>> {
    let mut all = Vec::new();
    for (by, paths) in [(FoundBy::CtLog, &map.ct_logs), (FoundBy::PassiveDns, &map.passive_dns)] {
        for path in paths.all() {
            let shown = path.display();
            let bytes = std::fs::read(path).with_context(|| format!("[map] cannot read {shown}"))?;
            let read = if by == FoundBy::CtLog { names::ct_log } else { names::passive_dns };
            let reading = read(&bytes).with_context(|| format!("[map] {shown}"))?;
            for rejected in &reading.rejected {
                tracing::warn!("[map] {shown}:{}: {} ({})", rejected.line, rejected.reason.en, rejected.value);
            }
            all.extend(reading.names.into_iter().map(|(host, row)| (host.ascii, by, format!("{shown}, row {row}"))));
        }
    }
    Ok(all)
}

/// Appends each contact to the file at `path` as a line of JSON. One write a line, so that several processes may share the file. The lines
/// name who was looked at, so only the file's owner may read it.
fn contact_log(path: &Path) -> anyhow::Result<Sink> {
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).mode(0o600).open(path);
    let file = file.with_context(|| format!("cannot open the log of contacts {}: see net.contact_log", path.display()))?;
    let path = path.to_owned();
    let warned = Once::new();
    Ok(Arc::new(move |contact: &Contact| {
        let line = serde_json::to_vec(contact).map_err(std::io::Error::other);
        let written = line.and_then(|mut line| {
            line.push(b'\n');
            (&file).write_all(&line)
        });
        if let Err(error) = written {
            warned.call_once(|| tracing::error!(path = %path.display(), %error, "contacts are not logged any more"));
        }
    }))
}

/// What a reader of the report must know of how the browser ran. A map needs none.
pub fn notes(engine: &Engine) -> Vec<Text> {
    match &engine.browser {
        _ if engine.scope == Scope::Map => Vec::new(),
        Err(failure) => {
            let why = failure.text();
            vec![Text::new(
                format!(
                    "本次检测未使用浏览器：{}。需要渲染页面的规则均无法判定。安装方法：apt-get install chromium fonts-noto-cjk",
                    why.zh
                ),
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

#[cfg(test)]
mod tests {
    use model::permission::AccessLevel;
    use model::subject::SubjectId;

    use super::*;

    #[tokio::test]
    async fn contacts_are_logged_beside_the_store_and_appended() {
        let folder = tempfile::tempdir().unwrap();
        let url = |scheme: &str, name: &str| config::Place { url: format!("{scheme}:{}/{name}", folder.path().display()) };
        let mut config = Config { store: url("sqlite", "m.db"), blobs: url("file", "blobs"), ..Config::default() };
        config.net.resolvers = vec!["127.0.0.1:9".into()];
        for _ in 0..2 {
            let engine = engine(&config, false, Scope::Check { map: false }, &[]).await.unwrap();
            let site = SubjectId::site("www.example.gov.cn");
            let permit = engine.dialer.permit(&site, None, AccessLevel::L1, "site visit").unwrap();
            assert!(engine.dialer.connect(&permit, "10.0.0.1", 80).await.is_err());
        }
        let text = std::fs::read_to_string(folder.path().join("contacts.jsonl")).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["subject"], &lines[0]["host"]), (&"site:www.example.gov.cn".into(), &"10.0.0.1".into()));
        assert_eq!(lines[0]["failure"]["class"], "address_refused");

        config.net.contact_log = folder.path().join("missing/contacts.jsonl");
        let error = engine(&config, false, Scope::Check { map: false }, &[]).await.err().unwrap();
        assert!(error.to_string().contains("net.contact_log"), "{error}");
    }
}
