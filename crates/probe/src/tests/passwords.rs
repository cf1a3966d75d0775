//! Default passwords, on servers that count what they are asked.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use model::digest::Digest;
use model::facts::proofs::PasswordTrials;
use model::observation::{FailureClass, Outcome};
use model::passwords::{DefaultPassword, DefaultPasswords, Secret, SignIn};
use model::permission::AccessLevel;
use sha1::Digest as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::server::{names, page};
use super::{granted, probes};
use crate::passwords::Door;

const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";
const FORM: &str = "<title>示例网关</title><form method=post action=/do><input type=hidden name=token value=t1><input name=user><input type=password name=pass></form>";
const WEB: &str = "http://www.example.cn/login";

/// What a server was asked: first line and body, and when.
type Asked = Arc<Mutex<Vec<(String, Instant)>>>;

fn asked(log: &Asked) -> Vec<String> {
    log.lock().expect("a lock").iter().map(|(what, _)| what.clone()).collect()
}

/// A web server that reads bodies. It answers head and body.
async fn web(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> (u16, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (port, log) = (listener.local_addr().expect("an address").port(), Asked::default());
    let (noted, answer) = (Arc::clone(&log), Arc::new(answer));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
            tokio::spawn(async move {
                while let Some((head, body)) = request(&mut stream).await {
                    let line = head.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
                    noted.lock().expect("a lock").push((format!("{line} {body}").trim().to_owned(), Instant::now()));
                    if stream.write_all(&answer(&head, &body)).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, log)
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

fn list(entries: &[(SignIn, &str, &str, &str)]) -> DefaultPasswords {
    let entry = |(sign_in, account, password, matches): &(SignIn, &str, &str, &str)| DefaultPassword {
        product: "示例产品".into(),
        sign_in: *sign_in,
        account: (*account).into(),
        password: Secret::new((*password).into()),
        matches: (*matches).into(),
    };
    DefaultPasswords { name: "defaults.csv".into(), digest: Digest::of(b""), entries: entries.iter().map(entry).collect() }
}

async fn tried(port: u16, doors: &[Door], list: &DefaultPasswords, pause: Duration) -> PasswordTrials {
    let (probes, _) = probes(names(&[]).await, port, vec![]);
    probes.passwords(&granted(&probes, AccessLevel::L4), doors, list, pause).await
}

/// Tries a list on the web page.
async fn web_tried(port: u16, list: &DefaultPasswords) -> PasswordTrials {
    tried(port, &[Door::Web(WEB.into())], list, Duration::ZERO).await
}

fn outcomes(trials: &PasswordTrials) -> Vec<(&str, u8, Option<bool>)> {
    trials.trials.iter().map(|trial| (trial.account.as_str(), trial.attempts, trial.accepted.seen().copied())).collect()
}

fn stop(trials: &PasswordTrials) -> Option<FailureClass> {
    trials.stopped.as_ref().map(|failure| failure.class)
}

/// A site whose form takes `admin` with `hunter2`.
fn site(head: &str, body: &str) -> Vec<u8> {
    match head.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["GET", "/login"] => page("200 OK", &format!("{HTML}Set-Cookie: sid=1\r\n"), FORM.as_bytes()),
        ["POST", "/do"] if body == "user=admin&pass=hunter2&token=t1" && head.contains("sid=1") => {
            page("302 Found", "Location: /home\r\nSet-Cookie: sid=2\r\n", b"")
        }
        ["POST", "/do"] => page("200 OK", HTML, format!("<p>用户名或密码错误</p>{FORM}").as_bytes()),
        ["GET", "/home"] if head.contains("sid=2") => page("200 OK", HTML, "<p>欢迎</p><a href=/logout>退出</a>".as_bytes()),
        _ => page("200 OK", HTML, b"<p>bye"),
    }
}

#[tokio::test]
async fn a_form_that_takes_a_default() {
    let (port, log) = web(site).await;
    let list = list(&[
        (SignIn::HttpForm, "admin", "first-wrong", "示例网关"),
        (SignIn::HttpForm, "admin", "hunter2", "示例网关"),
        (SignIn::HttpForm, "root", "x", "示例网关"),
        (SignIn::HttpForm, "guest", "x", "另一产品"),
        (SignIn::Ftp, "admin", "x", "示例网关"),
    ]);
    let trials = web_tried(port, &list).await;
    assert_eq!(outcomes(&trials), [("admin", 2, Some(true))]);
    assert_eq!((stop(&trials), trials.trials[0].place.as_str(), trials.trials[0].product.as_str()), (None, WEB, "示例产品"));
    let asked = asked(&log);
    assert_eq!(asked.iter().filter(|what| what.starts_with("POST")).count(), 3, "two attempts and one with a made-up account");
    assert!(asked.contains(&"GET /logout".to_owned()), "{asked:?}");
    let kept = serde_json::to_string(&trials).expect("JSON");
    assert!(!kept.contains("hunter2") && !kept.contains("first-wrong"), "{kept}");
}

#[tokio::test]
async fn at_most_three_attempts_with_pauses() {
    let (port, log) = web(site).await;
    let five: Vec<_> = ["1", "2", "3", "4", "5"].map(|password| (SignIn::HttpForm, "admin", password, "示例网关")).into();
    let pause = Duration::from_millis(40);
    let trials = tried(port, &[Door::Web(WEB.into())], &list(&five), pause).await;
    assert_eq!(outcomes(&trials), [("admin", 3, Some(false))]);
    let log = log.lock().expect("a lock");
    let posts: Vec<Instant> = log.iter().filter(|(what, _)| what.starts_with("POST")).map(|(_, at)| *at).collect();
    assert_eq!(posts.len(), 3);
    assert!(posts.windows(2).all(|pair| pair[1] - pair[0] >= pause), "{posts:?}");
}

#[tokio::test]
async fn a_place_that_lets_everybody_in_accepted_nothing() {
    let (port, _) = web(|head, _| match head.starts_with("GET") {
        true => page("200 OK", HTML, FORM.as_bytes()),
        false => page("200 OK", &format!("{HTML}Set-Cookie: sid=2\r\n"), "<p>您好</p>".as_bytes()),
    })
    .await;
    let trials = web_tried(port, &list(&[(SignIn::HttpForm, "admin", "x", "示例网关")])).await;
    assert_eq!(outcomes(&trials), [("admin", 1, Some(false))]);
}

#[tokio::test]
async fn the_first_brake_ends_everything() {
    let answers: [(&str, &str, FailureClass); 4] = [
        ("200 OK", "密码错误，还有2次机会", FailureClass::RateLimited),
        ("429 Too Many Requests", "", FailureClass::RateLimited),
        ("403 Forbidden", "no", FailureClass::AccessDenied),
        (
            "200 OK",
            "<form method=post><input name=u><input type=password name=p><input name=captcha></form>",
            FailureClass::RateLimited,
        ),
    ];
    for (status, body, class) in answers {
        let (port, log) = web(move |head, _| match head.starts_with("GET") {
            true => page("200 OK", HTML, FORM.as_bytes()),
            false => page(status, HTML, body.as_bytes()),
        })
        .await;
        let defaults = list(&[
            (SignIn::HttpForm, "admin", "1", "示例网关"),
            (SignIn::HttpForm, "admin", "2", "示例网关"),
            (SignIn::HttpForm, "root", "3", "示例网关"),
        ]);
        let trials = tried(port, &[Door::Web(WEB.into()), Door::Web(format!("{WEB}?2"))], &defaults, Duration::ZERO).await;
        assert_eq!((outcomes(&trials), stop(&trials)), (vec![("admin", 1, None)], Some(class)), "{status} {body}");
        assert_eq!(asked(&log).iter().filter(|what| what.starts_with("POST")).count(), 1, "{status} {body}");
    }
}

#[tokio::test]
async fn places_that_are_not_tried() {
    let captcha = FORM.replace("</form>", "<img src=/captcha.jpg></form>");
    let warning = format!("{FORM}<p>连续输错5次账号将被锁定</p>");
    let elsewhere = FORM.replace("action=/do", "action=http://sso.other.cn/do");
    for html in [captcha.as_str(), &warning, &elsewhere, "<p>示例网关"] {
        let body = html.to_owned();
        let (port, log) = web(move |_, _| page("200 OK", HTML, body.as_bytes())).await;
        let trials = web_tried(port, &list(&[(SignIn::HttpForm, "admin", "x", "示例网关")])).await;
        assert_eq!(outcomes(&trials), [("", 0, None)], "{html}");
        assert_eq!((asked(&log), stop(&trials)), (vec!["GET /login".to_owned()], None), "{html}");
    }
}

#[tokio::test]
async fn they_need_their_level_and_their_host() {
    let (port, log) = web(site).await;
    let (probes, _) = probes(names(&[]).await, port, vec![]);
    let list = list(&[(SignIn::HttpForm, "admin", "hunter2", "示例网关")]);
    let door = [Door::Web(WEB.into())];
    let low = probes.passwords(&granted(&probes, AccessLevel::L3), &door, &list, Duration::ZERO).await;
    assert_eq!((stop(&low), low.trials.len()), (Some(FailureClass::NotPermitted), 0));
    let other = [Door::Web("http://other.example.cn/login".into())];
    let other = probes.passwords(&granted(&probes, AccessLevel::L4), &other, &list, Duration::ZERO).await;
    let class = other.trials[0].accepted.failure().map(|failure| failure.class);
    assert_eq!((class, stop(&other)), (Some(FailureClass::NotPermitted), None));
    assert_eq!(asked(&log), [""; 0]);
}

#[tokio::test]
async fn http_basic() {
    let right = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("tomcat:s3cret"));
    let (port, _) = web(move |head, _| {
        if head.to_ascii_lowercase().contains(&format!("authorization: {}", right.to_ascii_lowercase())) {
            return page("302 Found", "Location: /html\r\n", b"");
        }
        page("401 Unauthorized", "WWW-Authenticate: Basic realm=\"Example Manager\"\r\n", b"")
    })
    .await;
    let list = list(&[
        (SignIn::HttpBasic, "admin", "admin", "example manager"),
        (SignIn::HttpBasic, "tomcat", "s3cret", "Example Manager"),
    ]);
    let trials = web_tried(port, &list).await;
    assert_eq!(outcomes(&trials), [("admin", 1, Some(false)), ("tomcat", 1, Some(true))]);
}

/// A service that holds this conversation on every connection: it greets, then answers each read by what was heard.
async fn service(greeting: Vec<u8>, answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 1024];
            let mut said = greeting.clone();
            while stream.write_all(&said).await.is_ok() {
                match stream.read(&mut buffer).await {
                    Ok(count) if count > 0 => said = answer(&buffer[..count]),
                    _ => break,
                }
                if said.is_empty() {
                    break;
                }
            }
        }
    });
    port
}

async fn port_tried(sign_in: SignIn, port: u16, list: &DefaultPasswords) -> PasswordTrials {
    tried(port, &[Door::Port(sign_in, port)], list, Duration::ZERO).await
}

#[tokio::test]
async fn ftp() {
    let port = service(b"220-Example\r\n220 FTP ready\r\n".to_vec(), |heard| match heard {
        b"USER ftp\r\n" => b"331 go on\r\n".to_vec(),
        heard if heard.starts_with(b"USER") => b"331 password?\r\n".to_vec(),
        b"PASS default\r\n" => b"230 in\r\n".to_vec(),
        heard if heard.starts_with(b"PASS") => b"530 no\r\n".to_vec(),
        _ => Vec::new(),
    })
    .await;
    let list = list(&[(SignIn::Ftp, "ftp", "wrong", "example"), (SignIn::Ftp, "ftp", "default", "example")]);
    let trials = port_tried(SignIn::Ftp, port, &list).await;
    assert_eq!(outcomes(&trials), [("ftp", 2, Some(true))]);
    assert_eq!(trials.trials[0].place, format!("ftp www.example.cn:{port}"));
}

#[tokio::test]
async fn ftp_that_closes_is_left_alone() {
    let port = service(b"220 x\r\n".to_vec(), |heard| {
        if heard.starts_with(b"USER") { b"331 x\r\n".to_vec() } else { b"421 Too many failures\r\n".to_vec() }
    })
    .await;
    let defaults = list(&[(SignIn::Ftp, "a", "1", "x"), (SignIn::Ftp, "b", "1", "x")]);
    let trials = port_tried(SignIn::Ftp, port, &defaults).await;
    assert_eq!((outcomes(&trials), stop(&trials)), (vec![("a", 1, None)], Some(FailureClass::RateLimited)));
}

#[tokio::test]
async fn redis() {
    let port = service(Vec::new(), |heard| match heard {
        b"*2\r\n$4\r\nAUTH\r\n$6\r\nfoobar\r\n" => b"+OK\r\n".to_vec(),
        heard if heard.starts_with(b"*3") => b"-ERR wrong number of arguments\r\n".to_vec(),
        _ => b"-ERR invalid password\r\n".to_vec(),
    })
    .await;
    let defaults = list(&[(SignIn::Redis, "", "no", "redis"), (SignIn::Redis, "", "foobar", "redis")]);
    assert_eq!(outcomes(&port_tried(SignIn::Redis, port, &defaults).await), [("", 2, Some(true))]);
    let open = service(Vec::new(), |_| b"-ERR Client sent AUTH, but no password is set\r\n".to_vec()).await;
    let trials = port_tried(SignIn::Redis, open, &defaults).await;
    assert!(matches!(trials.trials[0].accepted, Outcome::Failed(_)) && trials.stopped.is_none());
}

/// A greeting of MySQL 5.7 with this nonce.
fn mysql_greeting(nonce: &[u8; 20]) -> Vec<u8> {
    let parts: [&[u8]; 9] = [
        b"\x0a5.7.30-log\0",
        &[1, 0, 0, 0],
        &nonce[..8],
        &[0, 0xff, 0xf7, 33, 2, 0, 0xff, 0x81, 21],
        &[0; 10],
        &nonce[8..],
        &[0],
        b"mysql_native_password",
        &[0],
    ];
    framed(0, &parts.concat())
}

fn framed(number: u8, packet: &[u8]) -> Vec<u8> {
    [&[packet.len() as u8, 0, 0, number][..], packet].concat()
}

#[tokio::test]
async fn mysql() {
    let nonce = *b"abcdefghijklmnopqrst";
    let stored = sha1::Sha1::digest(sha1::Sha1::digest(b"root123"));
    let port = service(mysql_greeting(&nonce), move |heard| {
        let name = heard.get(36..).unwrap_or_default();
        let Some(end) = name.iter().position(|byte| *byte == 0) else { return Vec::new() };
        let answer = name.get(end + 2..end + 22).unwrap_or_default();
        // From what is stored the server undoes the answer and compares (the protocol's own check).
        let keyed = sha1::Sha1::new().chain_update(nonce).chain_update(stored).finalize();
        let once: Vec<u8> = answer.iter().zip(keyed).map(|(a, b)| a ^ b).collect();
        let right = &name[..end] == b"root" && sha1::Sha1::digest(&once) == stored;
        if right { framed(2, &[0, 0, 0, 2, 0, 0, 0]) } else { framed(2, b"\xff\x15\x04#28000Access denied") }
    })
    .await;
    let defaults = list(&[(SignIn::MySql, "root", "root", "mysql 5"), (SignIn::MySql, "root", "root123", "mysql 5")]);
    assert_eq!(outcomes(&port_tried(SignIn::MySql, port, &defaults).await), [("root", 2, Some(true))]);
    let blocked = service(mysql_greeting(&nonce), |_| framed(2, b"\xff\x69\x04Host is blocked")).await;
    let trials = port_tried(SignIn::MySql, blocked, &defaults).await;
    assert_eq!((outcomes(&trials), stop(&trials)), (vec![("root", 1, None)], Some(FailureClass::RateLimited)));
}
