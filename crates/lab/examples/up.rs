//! tmp
use lab::{lab::Lab, world::World};
#[tokio::main]
async fn main() {
    let n: usize = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let f = std::path::Path::new("/tmp/labgen/out");
    std::fs::create_dir_all(f).unwrap();
    let t = std::time::Instant::now();
    let w = if n > 0 { World::replicate(n) } else { World::builtin().unwrap() };
    let lab = Lab::start(w, f, jiff::Timestamp::now()).await.unwrap();
    eprintln!("up in {:?} dns {} http {} https {}", t.elapsed(), lab.resolver(), lab.http_port(), lab.https_port());
    for h in
        ["www.jichuan.gov.cn", "dcs.conac.cn", "bszs.conac.cn", "www.xinglin.gov.cn", "www.yusai.gov.cn", "www.rongpu.gov.cn"]
    {
        eprintln!("{h} {:?}", lab.address(h));
    }
    tokio::time::sleep(std::time::Duration::from_secs(std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(3))).await;
}
