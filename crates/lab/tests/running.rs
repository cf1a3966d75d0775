//! A running lab answers as its world plants: names, certificates, doors, pages, and the files for the product.

// The helpers below are test code, but clippy counts only functions marked as tests.
#![allow(clippy::expect_used)]

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use jiff::Timestamp;
use lab::lab::Lab;
use lab::world::World;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const AT: &str = "2026-06-01T00:00:00Z";

async fn start() -> (tempfile::TempDir, Lab) {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::builtin().expect("the built-in world");
    let lab = Lab::start(world, folder.path(), AT.parse().expect("a time")).await.expect("a running lab");
    (folder, lab)
}

/// Asks by UDP with the DNSSEC OK bit; `None` when no answer comes.
async fn ask(lab: &Lab, name: &str, kind: RecordType) -> Option<Message> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let mut question = Message::new(7, MessageType::Query, OpCode::Query);
    let mut name = Name::from_ascii(name).expect("a name");
    name.set_fqdn(true);
    question.add_query(Query::query(name, kind));
    question.metadata.recursion_desired = true;
    let mut edns = hickory_proto::op::Edns::new();
    edns.set_max_payload(4096).set_dnssec_ok(true);
    question.edns = Some(edns);
    socket.send_to(&question.to_vec().expect("encoded"), lab.resolver()).await.expect("sent");
    let mut bytes = [0; 8192];
    let received = timeout(Duration::from_secs(2), socket.recv(&mut bytes)).await.ok()?.expect("received");
    Some(Message::from_vec(&bytes[..received]).expect("a message"))
}

fn has(message: &Message, kind: RecordType) -> bool {
    message.answers.iter().any(|record| record.record_type() == kind)
}

#[tokio::test]
async fn the_name_server_answers_and_fails_as_planted() {
    let (_folder, lab) = start().await;
    let answer = ask(&lab, "www.jichuan.gov.cn", RecordType::A).await.expect("an answer");
    let address = lab.address("www.jichuan.gov.cn").expect("an address");
    assert!(answer.answers.iter().any(|record| matches!(&record.data, RData::A(a) if a.0 == address)));
    assert!(has(&answer, RecordType::RRSIG), "a signed zone sends signatures");

    let code = |message: &Message| message.metadata.response_code;
    let missing = ask(&lab, "www.wu-ci-yuming.com", RecordType::A).await.expect("an answer");
    assert_eq!(code(&missing), ResponseCode::NXDomain);
    let unresolved = ask(&lab, "www.wsgz10.cn", RecordType::A).await.expect("an answer");
    assert_eq!(code(&unresolved), ResponseCode::NXDomain);
    let empty = ask(&lab, "www.jichuan.gov.cn", RecordType::AAAA).await.expect("an answer");
    assert_eq!((code(&empty), empty.answers.len()), (ResponseCode::NoError, 0));
    let failing = ask(&lab, "www.wsgz11.cn", RecordType::A).await.expect("an answer");
    assert_eq!(code(&failing), ResponseCode::ServFail);
    assert!(ask(&lab, "www.wsgz12.cn", RecordType::A).await.is_none(), "a silent zone");
    let wild = ask(&lab, "any.liping.gov.cn", RecordType::A).await.expect("an answer");
    assert!(has(&wild, RecordType::A));

    let alias = ask(&lab, "www.chunping.gov.cn", RecordType::A).await.expect("an answer");
    assert!(has(&alias, RecordType::CNAME));
    let edge = ask(&lab, "edge7.haibao-daily.com", RecordType::A).await.expect("an answer");
    assert!(has(&edge, RecordType::A));
    for (name, kind) in
        [("jichuan.gov.cn", RecordType::MX), ("jichuan.gov.cn", RecordType::CAA), ("jichuan.gov.cn", RecordType::NS)]
    {
        assert!(has(&ask(&lab, name, kind).await.expect("an answer"), kind), "{name} {kind}");
    }
    let mail = ask(&lab, "_dmarc.shushi.gov.cn", RecordType::TXT).await.expect("an answer");
    assert!(mail.answers.iter().any(|record| record.data.to_string().contains("p=quarantine")));
    lab.stop().await;
}

#[tokio::test]
async fn delegations_are_vouched_for_by_the_parent() {
    let (_folder, lab) = start().await;
    for (name, signed) in
        [("cn", true), ("gov.cn", true), ("jichuan.gov.cn", true), ("tongling.gov.cn", true), ("jutan.gov.cn", false)]
    {
        let answer = ask(&lab, name, RecordType::DS).await.expect("an answer");
        assert_eq!(has(&answer, RecordType::DS), signed, "{name}");
        let denied = answer.authorities.iter().any(|record| record.record_type() == RecordType::NSEC);
        assert_eq!(denied, !signed, "{name}");
    }
    assert!(has(&ask(&lab, ".", RecordType::DNSKEY).await.expect("an answer"), RecordType::DNSKEY));
    lab.stop().await;
}

/// Whether the server's certificate holds for the name at the lab's time; with the error's words.
fn verify(lab: &Lab, chain: &[CertificateDer<'_>], host: &str) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(lab.ca_file()).expect("the root")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("a verifier");
    let at = AT.parse::<Timestamp>().expect("a time").as_second();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).expect("after 1970")));
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    use rustls::client::danger::ServerCertVerifier;
    let verified = verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], at);
    verified.map(|_| ()).map_err(|error| format!("{error:?}"))
}

/// Accepts every certificate: the test looks at it afterwards.
#[derive(Debug)]
struct Trusting(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

async fn dial(lab: &Lab, host: &str, port: u16) -> std::io::Result<TcpStream> {
    let address = lab.address(host).expect("an address");
    TcpStream::connect(SocketAddr::new(IpAddr::V4(address), port)).await
}

async fn secure(lab: &Lab, host: &str, protocols: &[&str]) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.expect("versions").dangerous().with_custom_certificate_verifier(Arc::new(Trusting(provider)));
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let stream = dial(lab, host, lab.https_port()).await?;
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Asks for a path and reads at most a million bytes of the answer, for at most two seconds.
async fn get<S: AsyncRead + AsyncWrite + Unpin>(stream: S, host: &str, path: &str) -> Vec<u8> {
    get_with(stream, host, path, "").await
}

/// `fields` are further header lines, each with its end.
async fn get_with<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, host: &str, path: &str, fields: &str) -> Vec<u8> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let reading =
        async { while answer.len() < 1_000_000 && matches!(stream.read_buf(&mut answer).await, Ok(count) if count > 0) {} };
    let _ = timeout(Duration::from_secs(2), reading).await;
    answer
}

async fn plain_get(lab: &Lab, host: &str) -> String {
    let stream = dial(lab, host, lab.http_port()).await.expect("a door");
    String::from_utf8_lossy(&get(stream, host, "/").await).into_owned()
}

async fn secure_get(lab: &Lab, host: &str, path: &str) -> String {
    let stream = secure(lab, host, &[]).await.expect("a handshake");
    String::from_utf8_lossy(&get(stream, host, path).await).into_owned()
}

async fn secure_get_with(lab: &Lab, host: &str, path: &str, fields: &str) -> String {
    let stream = secure(lab, host, &[]).await.expect("a handshake");
    String::from_utf8_lossy(&get_with(stream, host, path, fields).await).into_owned()
}

#[tokio::test]
async fn visitors_are_told_apart_by_browser_and_password() {
    let (_folder, lab) = start().await;
    let (gate, sent_away) = ("www.jinghuxian.gov.cn", "请使用 IE 浏览器访问");
    let explorer = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko\r\n";
    assert!(secure_get(&lab, gate, "/").await.contains(sent_away));
    let welcome = secure_get_with(&lab, gate, "/", explorer).await;
    assert!(welcome.contains("要闻动态") && !welcome.contains(sent_away));
    let basic = |password: &str| format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("admin:{password}")));
    let asked = secure_get(&lab, "www.tangxi.gov.cn", "/console").await;
    assert!(asked.starts_with("HTTP/1.1 401") && asked.contains("www-authenticate: Basic realm=\"Lab Console\""), "{asked}");
    for (host, password, status) in [
        ("www.tangxi.gov.cn", "admin", "401"),
        ("www.tangxi.gov.cn", "admin123", "200"),
        ("www.lizhou.gov.cn", "admin123", "401"),
        ("www.xingtan.gov.cn", "admin", "401"),
        ("www.xingtan.gov.cn", "admin123", "401"),
        ("www.xingtan.gov.cn", "console", "429"),
    ] {
        let answer = secure_get_with(&lab, host, "/console", &basic(password)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host} {password}: {answer}");
    }
    lab.stop().await;
}

#[tokio::test]
async fn certificates_fail_as_planted() {
    let (_folder, lab) = start().await;
    let cases = [
        ("www.jichuan.gov.cn", ""),
        ("www.wsxx8.cn", "Expired"),
        ("www.wsxx9.cn", "NotValidYet"),
        ("www.wsxx10.cn", "NotValidForName"),
        ("www.wsxx11.cn", "UnknownIssuer"),
        ("www.wsxx12.cn", "UnknownIssuer"),
        ("www.wsxx13.cn", "UnknownIssuer"),
        ("www.wsxx14.cn", ""),
    ];
    for (host, expected) in cases {
        let stream = secure(&lab, host, &[]).await.expect("a handshake");
        let chain = stream.get_ref().1.peer_certificates().expect("a chain").to_vec();
        match verify(&lab, &chain, host) {
            Ok(()) => assert!(expected.is_empty(), "{host} has a good certificate"),
            Err(error) => assert!(!expected.is_empty() && error.contains(expected), "{host}: {error}"),
        }
    }
    lab.stop().await;
}

#[tokio::test]
async fn doors_behave_as_planted() {
    let (_folder, lab) = start().await;
    let refused =
        |result: std::io::Result<TcpStream>| result.expect_err("a closed door").kind() == std::io::ErrorKind::ConnectionRefused;
    assert!(refused(dial(&lab, "www.pingzhou.gov.cn", lab.https_port()).await));
    assert!(refused(dial(&lab, "www.nandu.gov.cn", lab.http_port()).await));
    assert!(plain_get(&lab, "www.pingzhou.gov.cn").await.starts_with("HTTP/1.1 200"));
    assert!(plain_get(&lab, "www.jichuan.gov.cn").await.contains("location: https://www.jichuan.gov.cn/"));
    assert!(plain_get(&lab, "www.yuntai.gov.cn").await.contains("http-equiv=\"refresh\""));
    assert!(plain_get(&lab, "www.baiyan.gov.cn").await.contains("location: https://baiyan.gov.cn/"));
    assert!(plain_get(&lab, "www.wsgz6.cn").await.is_empty(), "a tarpit keeps silent");
    let alert = secure(&lab, "www.duruo.gov.cn", &[]).await.expect_err("no handshake").to_string();
    assert!(alert.contains("HandshakeFailure"), "{alert}");
    assert!(secure(&lab, "www.huiwan.gov.cn", &[]).await.is_err(), "plain http is no handshake");
    assert!(secure_get(&lab, "www.henggao.gov.cn", "/").await.contains("location: http://www.henggao.gov.cn/"));
    assert!(secure_get(&lab, "www.zhitang.gov.cn", "/").await.starts_with("HTTP/1.1 404"));
    let both = secure(&lab, "www.jichuan.gov.cn", &["h2", "http/1.1"]).await.expect("a handshake");
    assert_eq!(both.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    lab.stop().await;
}

#[tokio::test]
async fn answers_are_as_planted() {
    let (_folder, lab) = start().await;
    for (host, start) in [
        ("www.wsgz1.cn", "HTTP/1.1 403"),
        ("www.wsgz2.cn", "HTTP/1.1 405"),
        ("www.wsgz4.cn", "HTTP/1.1 429"),
        ("www.wsgz5.cn", "HTTP/1.1 503"),
        ("www.wsgz9.cn", "HTTP/1.1 302"),
        ("www.wsyey4.cn", "HTTP/1.0 200 OK\r\n"),
        ("www.wsyey5.cn", "HTTP/1.1 200 OK\nServer : Lab\n"),
        ("gone.haibao-daily.com", "HTTP/1.1 404"),
    ] {
        let answer = secure_get(&lab, host, "/").await;
        assert!(answer.starts_with(start), "{host}: {}", answer.lines().next().unwrap_or_default());
    }
    assert!(secure_get(&lab, "www.wsgz3.cn", "/").await.contains("拦截"));
    assert!(secure_get(&lab, "www.wsgz7.cn", "/").await.len() >= 1_000_000, "a body without end");
    assert!(secure_get(&lab, "www.wsgz8.cn", "/").await.len() < 1000, "a dripping body");
    assert!(secure_get(&lab, "www.wsyey10.cn", "/").await.contains("content-length: 0"));
    assert!(secure_get(&lab, "www.wsyey3.cn", "/").await.matches("<div>").count() >= 20_000);
    let bomb = secure_get(&lab, "www.wsyey2.cn", "/").await;
    assert!(bomb.contains("content-encoding: gzip") && bomb.len() < 200_000, "{}", bomb.len());
    assert!(secure_get(&lab, "www.wsyey1.cn", "/").await.len() >= 1_000_000);
    let gbk = get(secure(&lab, "www.wsyey8.cn", &[]).await.expect("a handshake"), "www.wsyey8.cn", "/").await;
    assert!(encoding_rs::GBK.decode(&gbk).0.contains("望舒市第八幼儿园"));
    lab.stop().await;
}

#[tokio::test]
async fn pages_show_what_the_rules_look_for() {
    let (_folder, lab) = start().await;
    let home = secure_get(&lab, "www.jichuan.gov.cn", "/").await;
    for word in [
        "<title>霁川省人民政府</title>",
        "甘ICP备99",
        "甘公网安备62000002999",
        "网站标识码：6200009",
        "//dcs.conac.cn/js/28/000/0000/",
        "strict-transport-security",
        "content-security-policy",
    ] {
        assert!(home.contains(word), "{word} is missing in {home}");
    }
    let from = home.find("/js/28").expect("a loader");
    let path = &home[from..from + home[from..].find('"').expect("its end")];
    let loader = secure_get(&lab, "dcs.conac.cn", path).await;
    assert!(loader.contains("=== 'www.jichuan.gov.cn'") && loader.contains("bszs.conac.cn/sitename?method=show&id="), "{loader}");
    let from = loader.find("/sitename").expect("a link");
    let path = &loader[from..from + loader[from..].find('"').expect("its end")];
    assert!(secure_get(&lab, "bszs.conac.cn", path).await.contains("霁川省人民政府"));
    let picture =
        get(dial(&lab, "dcs.conac.cn", lab.http_port()).await.expect("a door"), "dcs.conac.cn", "/image/red_error.png").await;
    assert!(picture.windows(4).any(|word| word == b"\x89PNG") && picture.windows(4).any(|word| word == b"IDAT"));

    assert!(!secure_get(&lab, "www.jutan.gov.cn", "/").await.contains("conac.cn/"), "no mark");
    assert!(secure_get(&lab, "www.yusai.gov.cn", "/footer.js").await.contains("document.write"));
    assert!(secure_get(&lab, "www.xinglin.gov.cn", "/footer.html").await.contains("主办单位"));
    assert!(secure_get(&lab, "www.shating.gov.cn", "/").await.contains("confirm('"));
    assert!(secure_get(&lab, "www.hegao.gov.cn", "/leave?to=x").await.contains("即将离开"));
    assert!(secure_get(&lab, "www.tingsong.gov.cn", "/swj").await.contains("听松县水务局"));
    assert!(!secure_get(&lab, "www.zhulu.com", "/").await.contains("dcs.conac.cn/js"), "a company wears no mark");
    lab.stop().await;
}

#[tokio::test]
async fn the_files_for_the_product_are_written() {
    let (folder, lab) = start().await;
    let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).expect("a file");
    let config: toml::Table = read("mingcha.toml").parse().expect("toml");
    assert_eq!(config["net"]["port_map"]["443"].as_integer(), Some(i64::from(lab.https_port())));
    assert_eq!(config["net"]["resolvers"][0].as_str(), Some(lab.resolver().to_string().as_str()));
    assert!(read("root.key").contains("IN DNSKEY 257 3 13 "));
    let ledger = read("ledger.csv");
    assert!(ledger.lines().next().expect("a head").starts_with("institution_name,uscc,institution_type,level"));
    assert!(ledger.contains("https://www.tingsong.gov.cn/swj/"));
    assert!(ledger.contains("mail_system,电子邮件系统,jichuan.gov.cn,"));
    let rows = csv::Reader::from_reader(read("truth.csv").as_bytes()).records().count();
    assert_eq!(rows, lab.truth().len());
    let kinds: Vec<&str> = lab.registers().iter().map(|(kind, _)| *kind).collect();
    assert_eq!((kinds.len(), kinds[0]), (20, "ledger"));
    assert_eq!(config["lists"]["icp"][0].as_str(), folder.path().join("icp.csv").to_str(), "the product imports them by itself");
    assert!(lab.registers().iter().all(|(_, file)| file.is_absolute() && file.is_file()));
    assert_eq!(config["lists"]["sbom"].as_array().map(Vec::len), Some(2));
    let active = |key: &str| std::path::PathBuf::from(config["active"][key].as_str().expect("a path"));
    assert!(active("templates").is_dir() && active("default_passwords").is_file());
    let attestation = read("attestation.csv");
    assert!(attestation.lines().next().expect("a head").contains(",已批准开放服务,") && attestation.contains(",tcp/3389,"));
    let icp = read("icp.csv");
    assert!(
        icp.contains("霁川省人民政府,11620000990000017U,政府机关,甘ICP备99000000号-1,霁川省人民政府,jichuan.gov.cn,"),
        "as the page shows it"
    );
    assert!(
        icp.contains("蒹葭县人民政府,,政府机关,") && !icp.contains("www.fangcao.gov.cn"),
        "a planted subject, and no candidate"
    );
    let rdap: serde_json::Value = serde_json::from_str(&read("rdap.json")).expect("json");
    let domains: Vec<&str> =
        rdap["domainSearchResults"].as_array().expect("a list").iter().filter_map(|answer| answer["ldhName"].as_str()).collect();
    assert!(domains.contains(&"gov.cn.com") && !domains.contains(&"fangcao.gov.cn"));
    assert_eq!(domains.iter().filter(|domain| **domain == "jichuan.gov.cn").count(), 1, "one answer a domain");
    lab.stop().await;
}

#[tokio::test]
async fn services_stand_at_ports_of_their_own_and_visitors_are_counted() {
    let (folder, lab) = start().await;
    let config = std::fs::read_to_string(folder.path().join("mingcha.toml")).expect("a file");
    let config: toml::Table = config.parse().expect("toml");
    let map = config["net"]["port_map"].as_table().expect("a table");
    let real: std::collections::BTreeSet<_> = map.values().map(toml::Value::as_integer).collect();
    assert_eq!(real.len(), map.len(), "no port stands for two");
    let surveyed = config["map"]["ports"].as_array().expect("ports");
    assert!(surveyed.iter().all(|port| map.contains_key(&port.to_string())) && surveyed.len() == map.len());
    assert_eq!(config["net"]["exclude"][0].as_str(), Some("www.xieke.gov.cn"));
    for path in
        ["country.csv", "country-second.csv", "asn.csv", "providers.json", "fingerprints/recog/ssh_banners.xml", "map.csv"]
    {
        assert!(folder.path().join(path).exists(), "{path}");
    }
    let ledger = std::fs::read_to_string(lab.ledger_file()).expect("a ledger");
    assert!(ledger.contains(",L2,互联网资产测绘授权书〔2020〕第 9 号,2020-12-31,"), "a grant that has lapsed");

    let host = "strange.fuwu.gov.cn";
    let address = IpAddr::from(lab.address(host).expect("an address"));
    for (meant, greeting) in [(443, b"SSH-2.0-"), (80, b"+PONG\r\n\0")] {
        let mut stream = TcpStream::connect((address, lab.port(meant))).await.expect("connected");
        stream.write_all(b"PING\r\n").await.expect("sent");
        let mut heard = [0; 7];
        stream.read_exact(&mut heard).await.expect("an answer");
        assert_eq!(heard, greeting[..7]);
    }
    assert_eq!((lab.visitors(host), lab.visitors("www.bimen.gov.cn"), lab.port(1)), (2, 0, 0));
    lab.stop().await;
}

#[tokio::test]
async fn a_replicated_world_shares_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = AT.parse().expect("a time");
    let lab = Lab::start(World::replicate(600), folder.path(), at).await.expect("a running lab");
    for host in ["b00001.gov.cn", "b00251.gov.cn", "b00600.gov.cn"] {
        let stream = secure(&lab, host, &[]).await.expect("a handshake");
        let chain = stream.get_ref().1.peer_certificates().expect("a chain").to_vec();
        assert_eq!(verify(&lab, &chain, host), Ok(()));
        assert!(String::from_utf8_lossy(&get(stream, host, "/").await).contains("霁川省人民政府"));
        assert!(has(&ask(&lab, host, RecordType::A).await.expect("an answer"), RecordType::A));
    }
    assert_eq!(lab.address("b00001.gov.cn"), lab.address("b00251.gov.cn"));
    lab.stop().await;
}
