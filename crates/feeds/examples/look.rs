//! One look at a place, for trying a source by hand: `cargo run -p feeds --example look -- https://… [marker.json]`. Prints what came, and
//! writes the last marker to the file.
#![allow(clippy::print_stdout, reason = "printing is its purpose")]

use feeds::source::Feed;
use feeds::{Fetcher, FetcherSettings};
use model::ledger::source::SourceKind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().ok_or("usage: look PLACE [MARKER]")?;
    let kept = arguments.next();
    let last = kept.as_ref().and_then(|path| std::fs::read(path).ok()).map(|text| serde_json::from_slice(&text)).transpose()?;
    let settings = FetcherSettings {
        spool: std::env::temp_dir(),
        extra_root_certificates: Vec::new(),
        user_agent: "Mingcha".into(),
        proxy: None,
    };
    let fetcher = Fetcher::new(&settings, Box::new(|name| std::env::var(name).ok()))?;
    let set = |name: &str| std::env::var_os(name).map(|_| name.to_owned());
    let feed = Feed {
        settle_s: 0.0,
        endpoint: std::env::var("S3_ENDPOINT").ok(),
        access_key_env: set("S3_ACCESS_KEY"),
        secret_key_env: set("S3_SECRET_KEY"),
        log_key: std::env::var("CT_LOG_KEY").ok(),
        ..Feed::new(SourceKind::Icp, "by hand", place)
    };
    let outcome = fetcher.fetch(&feed, last.as_ref()).await?;
    for fetched in &outcome.new {
        println!("{} {} bytes {}", fetched.digest, fetched.bytes, fetched.name);
    }
    if let (Some(path), Some(fetched)) = (kept, outcome.new.last()) {
        std::fs::write(path, serde_json::to_vec(&fetched.marker)?)?;
    }
    Ok(())
}
