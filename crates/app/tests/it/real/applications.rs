//! Debian's packaged web applications behind nginx and PHP, each in a folder and with a configuration of the test's own.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{World, wordpress};
use crate::program::verdict;
use crate::servers::Server;

/// An application as a site of its own.
pub struct Application {
    pub host: &'static str,
    /// How the product calls it.
    name: &'static str,
    package: &'static str,
    /// Where the package has it.
    root: &'static str,
    /// Whether its page tells the version.
    tells: bool,
    /// The product behind its log-in for staff, if everybody gets there.
    log_in: Option<&'static str>,
    /// The rules that it violates, in their order, with the grade. None of these sites has https, and nothing of the Internet can be reached
    /// from here; nginx 1.22 has no support of its authors any more.
    true_of_it: &'static [(&'static str, &'static str)],
}

pub static APPLICATIONS: [Application; 5] = [
    Application {
        host: "wiki.shuyuan.gov.cn",
        name: "DokuWiki",
        package: "dokuwiki",
        root: "/usr/share/dokuwiki",
        tells: false,
        log_in: None,
        true_of_it: &[
            ("DATA001", "violation"),
            ("DATA012", "advice"),
            ("LINK001", "violation"),
            ("SUP003", "review"),
            ("SUP004", "violation"),
            ("VULN001", "review"),
            ("VULN003", "advice"),
        ],
    },
    Application {
        host: "db.shuyuan.gov.cn",
        name: "Adminer",
        package: "adminer",
        root: "/usr/share/adminer",
        tells: true,
        log_in: Some("Adminer"),
        true_of_it: &[
            ("DATA001", "violation"),
            ("LINK001", "violation"),
            ("SUP004", "violation"),
            ("VULN002", "violation"),
            ("VULN003", "advice"),
        ],
    },
    Application {
        host: "pma.shuyuan.gov.cn",
        name: "phpMyAdmin",
        package: "phpmyadmin",
        root: "/usr/share/phpmyadmin",
        tells: false,
        log_in: Some("phpMyAdmin"),
        true_of_it: &[
            ("DATA001", "violation"),
            ("SUP003", "review"),
            ("SUP004", "violation"),
            ("VULN001", "review"),
            ("VULN002", "violation"),
            ("VULN003", "advice"),
        ],
    },
    Application {
        host: "webmail.shuyuan.gov.cn",
        name: "Roundcube",
        package: "roundcube-core",
        root: "/var/lib/roundcube/public_html",
        tells: false,
        log_in: Some("Roundcube"),
        true_of_it: &[
            ("DATA001", "violation"),
            ("DATA012", "advice"),
            ("SUP003", "review"),
            ("SUP004", "violation"),
            ("VULN001", "review"),
            ("VULN002", "review"),
            ("VULN003", "advice"),
        ],
    },
    Application {
        host: "cms.shuyuan.gov.cn",
        name: "WordPress",
        package: "wordpress",
        root: wordpress::ROOT,
        tells: true,
        log_in: Some("WordPress"),
        true_of_it: &[
            ("DATA001", "violation"),
            ("DATA012", "advice"),
            ("LINK001", "violation"),
            ("SUP004", "violation"),
            ("VULN002", "violation"),
            ("VULN003", "advice"),
        ],
    },
];

/// The version of an installed package.
pub fn packaged(package: &str) -> String {
    let asked = Command::new("dpkg-query").args(["--show", "--showformat=${Version}", package]).output().unwrap();
    assert!(asked.status.success(), "{package} is not installed: make install-test");
    String::from_utf8(asked.stdout).unwrap()
}

/// The version that the author of a packaged program gave it: without epoch, revision and what the distribution has added.
fn upstream(package: &str) -> String {
    let version = packaged(package);
    let version = version.split_once(':').map_or(version.as_str(), |(_, rest)| rest);
    let version = version.rsplit_once('-').map_or(version, |(upstream, _)| upstream);
    version.split(['+', '~']).next().unwrap_or(version).to_owned()
}

/// The `server` blocks.
pub fn nginx(folder: &Path, door: SocketAddr, php: SocketAddr) -> String {
    let mut text = String::new();
    for Application { host, root, .. } in &APPLICATIONS {
        let prepend = folder.join(format!("{host}.php"));
        let index = if *host == "db.shuyuan.gov.cn" { "adminer.php" } else { "index.php" };
        let parameters: String = [
            ("SCRIPT_FILENAME", "$document_root$fastcgi_script_name"),
            ("SCRIPT_NAME", "$fastcgi_script_name"),
            ("REQUEST_METHOD", "$request_method"),
            ("QUERY_STRING", "$query_string"),
            ("REQUEST_URI", "$request_uri"),
            ("CONTENT_TYPE", "$content_type"),
            ("CONTENT_LENGTH", "$content_length"),
            ("DOCUMENT_ROOT", "$document_root"),
            ("SERVER_PROTOCOL", "$server_protocol"),
            ("SERVER_NAME", "$server_name"),
            ("SERVER_PORT", "80"),
            ("REMOTE_ADDR", "$remote_addr"),
            ("HTTP_HOST", "$host"),
        ]
        .map(|(name, value)| format!("      fastcgi_param {name} {value};\n"))
        .concat();
        let _ = write!(
            text,
            "  server {{\n    listen {door};\n    server_name {host};\n    root {root};\n    index {index};\n    \
             location ~ \\.php$ {{\n      fastcgi_pass {php};\n{parameters}      \
             fastcgi_param PHP_VALUE auto_prepend_file={};\n    }}\n  }}\n",
            prepend.display()
        );
    }
    text
}

/// Writes what each application needs to run: a script that runs first and points it to its own configuration and folders. Hands back the
/// database.
pub fn start(folder: &Path, database: SocketAddr) -> Server {
    let first = |host: &str, script: &str| std::fs::write(folder.join(format!("{host}.php")), script).unwrap();
    APPLICATIONS.iter().for_each(|application| first(application.host, "<?php"));
    first("wiki.shuyuan.gov.cn", &wiki(&folder.join("wiki.shuyuan.gov.cn")));
    first("webmail.shuyuan.gov.cn", &webmail(&folder.join("webmail.shuyuan.gov.cn")));
    let (server, script) = wordpress::install(folder, "cms.shuyuan.gov.cn", database);
    first("cms.shuyuan.gov.cn", &script);
    server
}

fn wiki(own: &Path) -> String {
    let conf = own.join("conf");
    std::fs::create_dir_all(&conf).unwrap();
    for entry in std::fs::read_dir("/etc/dokuwiki").unwrap() {
        let path = entry.unwrap().path();
        // What the package keeps from all but its own user is left out.
        if let (Some(name), Ok(content)) = (path.file_name(), std::fs::read(&path)) {
            std::fs::write(conf.join(name), content).unwrap();
        }
    }
    let data = own.join("data");
    for name in ["attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp"] {
        std::fs::create_dir_all(data.join(name)).unwrap();
    }
    std::fs::write(
        data.join("pages/start.txt"),
        "====== 书院县档案馆知识库 ======\n\n本知识库介绍查档、捐赠和数字化的办法，供群众查询。\n",
    )
    .unwrap();
    let local = format!(
        "<?php\n$conf['title'] = '书院县知识库';\n$conf['lang'] = 'zh';\n$conf['savedir'] = '{}';\n$conf['useacl'] = 1;\n\
         $conf['superuser'] = '@admin';\n",
        data.display()
    );
    std::fs::write(conf.join("local.php"), local).unwrap();
    std::fs::write(conf.join("acl.auth.php"), "*\t@ALL\t1\n").unwrap();
    std::fs::write(conf.join("users.auth.php"), "").unwrap();
    format!("<?php define('DOKU_CONF', '{}/');", conf.display())
}

fn webmail(own: &Path) -> String {
    std::fs::create_dir(own).unwrap();
    let config = format!(
        "<?php\n$config['db_dsnw'] = 'sqlite:///{root}/roundcube.db';\n$config['session_storage'] = 'php';\n\
         $config['des_key'] = 'of-no-meaning-at-all-024';\n$config['log_dir'] = '{root}';\n$config['temp_dir'] = '{root}';\n\
         $config['product_name'] = '书院县邮箱';\n$config['language'] = 'zh_CN';\n$config['skin'] = 'elastic';\n",
        root = own.display()
    );
    std::fs::write(own.join("config.inc.php"), config).unwrap();
    std::fs::copy("/etc/roundcube/defaults.inc.php", own.join("defaults.inc.php")).unwrap();
    format!("<?php putenv('ROUNDCUBE_CONFIG_DIR={}');", own.display())
}

/// Each application is told with the version that its page tells, or with none; its log-in is recognised; and nothing is held against it
/// but what is true of it.
pub fn are_told(world: &World, report: &Value) {
    let php = crate::servers::php_program();
    let php = php.file_name().unwrap().to_string_lossy().replace("php-fpm", "php");
    let servers = [("PHP", upstream(&format!("{php}-fpm"))), ("nginx", upstream("nginx-light"))];
    for application in &APPLICATIONS {
        let Application { host, name, .. } = application;
        let subject = format!("site:{host}");
        let seen = world.observed(&subject, "components");
        let versions = |name: &str| -> Vec<String> {
            let of_name = seen["found"].as_array().unwrap().iter().filter(|found| found["name"] == name);
            of_name.map(|found| found["version"]["number"].as_str().unwrap().to_owned()).collect()
        };
        let told = if application.tells { upstream(application.package) } else { String::new() };
        assert_eq!(versions(name), [told], "{host}: {seen}");
        for (server, version) in &servers {
            assert_eq!(versions(server), [version.as_str()], "{host}: {seen}");
        }
        let jquery = versions("jQuery");
        assert!(jquery.is_empty() || jquery == [upstream("libjs-jquery")], "{host}: {jquery:?}");

        let entrance = verdict(report, &subject, "VULN002")["facts"]["product"].as_str();
        assert_eq!(entrance, application.log_in, "{host}");
        let subjects = report["subjects"].as_array().unwrap();
        let judged = subjects.iter().find(|entry| entry["subject"] == subject).unwrap()["verdicts"].as_array().unwrap();
        let held_against = judged.iter().filter(|verdict| verdict["verdict"] == "violation");
        let text = |verdict: &Value, name: &str| verdict[name].as_str().unwrap().to_owned();
        let held_against: Vec<_> = held_against.map(|verdict| (text(verdict, "rule"), text(verdict, "grade"))).collect();
        let held_against: Vec<_> = held_against.iter().map(|(rule, grade)| (rule.as_str(), grade.as_str())).collect();
        assert_eq!(held_against, application.true_of_it, "{host}");
    }
    // Behind each of its scripts phpMyAdmin writes its own version, which is that of none of them.
    let scripts = super::versions(world, "pma.shuyuan.gov.cn");
    let migrate: Vec<_> =
        scripts.keys().filter(|(name, _)| name == "jQuery Migrate").map(|(_, version)| version.as_str()).collect();
    assert_eq!(migrate, ["3.4.0"]);
    let wiki = &verdict(report, "site:wiki.shuyuan.gov.cn", "VULN001")["facts"];
    assert_eq!((&wiki["sure"], &wiki["version_unknown"]), (&"0".into(), &"2".into()), "{wiki}");
    assert_eq!(wiki["vulnerabilities"], "CVE-2018-15474 CVE-2023-34408", "what NVD's two years say of DokuWiki");
}
