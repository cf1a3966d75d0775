//! The survey against Debian's servers: each is told by protocol and, where it says so, by version.
//!
//! They listen on ports of no meaning, so that nothing but what they say can tell them.
#![allow(clippy::expect_used, reason = "tests")]

mod server;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use dialer::dialer::Dialer;
use dialer::settings::Settings;
use model::facts::services::{Login, Protocol, Service};
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use probe::probes::Probes;

use server::{Place, Server, packaged};

/// Surveys these ports; `source` is our own address. A number below 10000 stands for the server's first port.
async fn survey(server: &Server, ports: &[u16], udp_ports: &[u16], source: Option<IpAddr>) -> Vec<Service> {
    let settings = Settings {
        resolvers: vec!["127.0.0.1:9".into()],
        allow_ranges: vec!["127.0.0.0/8".into()],
        port_map: ports
            .iter()
            .chain(udp_ports)
            .filter(|port| **port < 10_000)
            .map(|port| (port.to_string(), server.place.port()))
            .collect(),
        per_ip_rate: 1000,
        per_ip_burst: 1000,
        per_network_rate: 1000,
        source_address: source,
        ..Settings::default()
    };
    let dialer = Dialer::new(settings, Arc::new(|| "2026-07-22T02:00:00Z".parse().expect("a time"))).expect("settings");
    let grant = Grant { level: AccessLevel::L2, document: "授权书 1 号".into(), until: None };
    let permit = dialer.permit(&SubjectId::site("www.example.cn"), Some(&grant), AccessLevel::L2, "services").expect("a permit");
    let probes = Probes::new(dialer).expect("probes");
    let mut found = probes.services(&permit, "www.example.cn", &[server.place.address.into()], ports, udp_ports).await;
    found.addresses.remove(0).open
}

async fn look(server: &Server) -> Service {
    let mut found = survey(server, &[server.place.port()], &[], None).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Whether it is this protocol, this product and the version of the package.
fn assert_told(found: &Service, protocol: Protocol, product: &str, package: &str) {
    assert_eq!(found.protocol, Some(protocol), "{found:?}");
    let first = found.products.first().unwrap_or_else(|| panic!("no product: {found:?}"));
    let version = first.version.as_ref().map(|version| version.number.clone()).unwrap_or_default();
    assert_eq!((first.name.as_str(), version), (product, packaged(package)), "{found:?}");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[tokio::test]
async fn openssh() {
    let place = Place::new();
    let key = place.path("key").display().to_string();
    assert!(place.run("openssh-client", "/usr/bin/ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &key]));
    if is_root() {
        std::fs::create_dir_all("/run/sshd").expect("its folder");
    }
    let file = place.file("sshd.conf", "ListenAddress @ADDRESS\nPort @PORT\nHostKey @FOLDER/key\nPidFile none\nStrictModes no\n");
    let server = place.start("openssh-server", "/usr/sbin/sshd", &["-D", "-e", "-f", &file.display().to_string()]);
    assert_told(&look(&server).await, Protocol::Ssh, "OpenSSH", "openssh-server");
}

#[tokio::test]
async fn vsftpd() {
    let place = Place::new();
    std::fs::create_dir(place.path("empty")).expect("a folder");
    let user = if is_root() { "" } else { "run_as_launching_user=YES\n" };
    let text = format!(
        "listen=YES\nlisten_address=@ADDRESS\nlisten_port=@PORT\nbackground=NO\nanonymous_enable=NO\nlocal_enable=YES\n\
         secure_chroot_dir=@FOLDER/empty\nseccomp_sandbox=NO\n{user}"
    );
    let file = place.file("vsftpd.conf", &text);
    let server = place.start("vsftpd", "/usr/sbin/vsftpd", &[&file.display().to_string()]);
    let found = look(&server).await;
    assert_told(&found, Protocol::Ftp, "vsftpd", "vsftpd");
    assert_eq!(found.offers_tls, Some(false), "{found:?}");
}

#[tokio::test]
async fn postfix() {
    let place = Place::new();
    let folders = ["spool", "data"].map(|name| place.make(name).display().to_string());
    assert!(place.run("postfix", "/usr/bin/chown", &["postfix", &folders[1]]), "apt-get install postfix");
    assert!(place.run("postfix", "/usr/bin/chmod", &["755", &folders[0], &folders[1]]));
    place.file(
        "main.cf",
        "compatibility_level = 3.6\nqueue_directory = @FOLDER/spool\ndata_directory = @FOLDER/data\nmyhostname = mx.example.cn\n\
         mydestination =\nsmtpd_banner = $myhostname ESMTP Postfix $mail_version\n\
         maillog_file = @FOLDER/mail.log\nmaillog_file_prefixes = @FOLDER\n",
    );
    place.file(
        "master.cf",
        "@ADDRESS:@PORT inet n - n - 1 smtpd\nanvil unix - - n - 1 anvil\nrewrite unix - - n - - trivial-rewrite\n\
         proxymap unix - - n - - proxymap\n",
    );
    // Makes the queue's folders; that the configuration's folder is not root's alone it says in vain.
    place.run("postfix", "/usr/sbin/postfix", &["-c", "@FOLDER", "check"]);
    let environment = [("MAIL_CONFIG", "@FOLDER")];
    let server = place.start_with("postfix", "/usr/lib/postfix/sbin/master", &["-c", "@FOLDER", "-d"], &environment);
    let found = look(&server).await;
    assert_told(&found, Protocol::Smtp, "Postfix", "postfix");
    assert_eq!(found.offers_tls, Some(false), "{found:?}");
}

#[tokio::test]
async fn dovecot() {
    let place = Place::new();
    place.make("run");
    let file = place.file(
        "dovecot.conf",
        "base_dir = @FOLDER/run\nstate_dir = @FOLDER/run\nlog_path = @FOLDER/dovecot.log\nprotocols = imap pop3\nssl = no\n\
         listen = @ADDRESS\nimap_id_send = name * version *\n\
         service imap-login {\n chroot =\n inet_listener imap {\n  port = @PORT\n }\n inet_listener imaps {\n  port = 0\n }\n}\n\
         service pop3-login {\n chroot =\n inet_listener pop3 {\n  port = @OTHER\n }\n inet_listener pop3s {\n  port = 0\n }\n}\n\
         passdb {\n driver = static\n args = nopassword=y\n}\n",
    );
    let server = place.start("dovecot-imapd", "/usr/sbin/dovecot", &["-F", "-c", &file.display().to_string()]);
    let found = survey(&server, &server.place.ports, &[], None).await;
    let of = |protocol| found.iter().find(|service| service.protocol == Some(protocol)).unwrap_or_else(|| panic!("{found:?}"));
    assert_told(of(Protocol::Imap), Protocol::Imap, "Dovecot", "dovecot-core");
    let pop = of(Protocol::Pop3);
    assert_eq!((pop.products[0].name.as_str(), pop.offers_tls), ("Dovecot", Some(false)), "{pop:?}");
}

#[tokio::test]
async fn mariadb() {
    let place = Place::new();
    place.make("data");
    let install = ["--no-defaults", "--datadir=@FOLDER/data", "--user=root", "--auth-root-authentication-method=normal"];
    assert!(place.run("mariadb-server", "/usr/bin/mariadb-install-db", &install), "the data folder");
    let arguments = [
        "--no-defaults",
        "--datadir=@FOLDER/data",
        "--user=root",
        "--socket=@FOLDER/socket",
        "--bind-address=@ADDRESS",
        "--port=@PORT",
        "--pid-file=@FOLDER/pid",
    ];
    let server = place.start("mariadb-server", "/usr/sbin/mariadbd", &arguments);
    let found = look(&server).await;
    assert_told(&found, Protocol::Mysql, "MariaDB", "mariadb-server");
    assert_eq!(found.login, Login::Required);
}

/// PostgreSQL tells its version only to those whom it lets in: here, whom it trusts. From another address it wants a password.
#[tokio::test]
async fn postgresql() {
    let place = Place::new();
    place.make("run");
    let folders = std::fs::read_dir("/usr/lib/postgresql").unwrap_or_else(|_| panic!("apt-get install postgresql"));
    let newest = folders.filter_map(|entry| entry.ok().map(|entry| entry.path())).max().expect("a version");
    let tool = |name: &str| newest.join("bin").join(name).display().to_string();
    let (initdb, postgres) = (tool("initdb"), tool("postgres"));
    // It refuses to run as root.
    let (program, user): (&str, &[&str]) =
        if is_root() { ("/usr/sbin/runuser", &["-u", "postgres", "--"]) } else { ("/usr/bin/env", &[]) };
    let init = [user, &[&initdb, "-D", "@FOLDER/data", "-U", "mingcha", "--auth=trust", "--no-sync"]].concat();
    assert!(place.run("postgresql", program, &init), "the data folder");
    let rules = place.path("data").join("pg_hba.conf");
    std::fs::write(rules, "host all all 127.0.0.9/32 scram-sha-256\nhost all all 127.0.0.0/8 trust\n").expect("the rules");
    let run = [user, &[&postgres, "-D", "@FOLDER/data", "-h", "@ADDRESS", "-p", "@PORT", "-k", "@FOLDER/run"]].concat();
    let server = place.start("postgresql", program, &run);
    let package = format!("postgresql-{}", newest.file_name().and_then(|name| name.to_str()).expect("a name"));
    let found = look(&server).await;
    assert_told(&found, Protocol::Postgresql, "PostgreSQL", &package);
    assert_eq!((found.login, found.offers_tls), (Login::NotRequired, Some(false)));
    let found = survey(&server, &[server.place.port()], &[], Some(Ipv4Addr::new(127, 0, 0, 9).into())).await;
    assert_eq!((found[0].protocol, found[0].login), (Some(Protocol::Postgresql), Login::Required), "{found:?}");
}

#[tokio::test]
async fn redis() {
    let arguments = ["--bind", "@ADDRESS", "--port", "@PORT", "--save", "", "--dir", "@FOLDER", "--protected-mode", "no"];
    let server = Place::new().start("redis-server", "/usr/bin/redis-server", &arguments);
    let found = look(&server).await;
    assert_told(&found, Protocol::Redis, "Redis", "redis-server");
    assert_eq!(found.login, Login::NotRequired);
    let closed = [&arguments[..], &["--requirepass", "x"]].concat();
    let server = Place::new().start("redis-server", "/usr/bin/redis-server", &closed);
    let found = look(&server).await;
    assert_eq!((found.protocol, found.login), (Some(Protocol::Redis), Login::Required), "{found:?}");
}

#[tokio::test]
async fn memcached() {
    let arguments = ["-l", "@ADDRESS", "-p", "@PORT", "-U", "0", "-u", "nobody"];
    let server = Place::new().start("memcached", "/usr/bin/memcached", &arguments);
    let found = look(&server).await;
    assert_told(&found, Protocol::Memcached, "Memcached", "memcached");
    assert_eq!(found.login, Login::NotRequired);
}

/// OpenLDAP does not tell its version.
#[tokio::test]
async fn slapd() {
    let place = Place::new();
    let file = place.file("slapd.conf", "pidfile @FOLDER/pid\nargsfile @FOLDER/args\ndatabase config\n");
    let server =
        place.start("slapd", "/usr/sbin/slapd", &["-f", &file.display().to_string(), "-h", "ldap://@ADDRESS:@PORT", "-d", "0"]);
    let found = look(&server).await;
    assert_eq!((found.protocol, found.login), (Some(Protocol::Ldap), Login::NotRequired), "{found:?}");
    assert_eq!(found.products.first().map(|product| product.name.as_str()), Some("OpenLDAP"), "{found:?}");
}

#[tokio::test]
async fn bind() {
    // It listens before its own zones are there, and says SERVFAIL meanwhile.
    let mut place = Place::on_named_interface();
    place.ready = "all zones loaded";
    let file = place.file(
        "named.conf",
        "options {\n directory \"@FOLDER\";\n listen-on port @PORT { @ADDRESS; };\n listen-on-v6 { none; };\n recursion no;\n\
         pid-file none;\n session-keyfile none;\n dnssec-validation no;\n};\ncontrols { };\n",
    );
    let server = place.start("bind9", "/usr/sbin/named", &["-g", "-c", &file.display().to_string()]);
    let found = survey(&server, &[53], &[53], None).await;
    assert_eq!(found.len(), 2, "{found:?}");
    for service in &found {
        assert_told(service, Protocol::Dns, "BIND", "bind9");
    }
}

/// Mosquitto does not tell its version before one subscribes, which is not done.
#[tokio::test]
async fn mosquitto() {
    for (anonymous, login) in [("true", Login::NotRequired), ("false", Login::Required)] {
        let place = Place::new();
        let file = place.file("mosquitto.conf", &format!("listener @PORT @ADDRESS\nallow_anonymous {anonymous}\nuser nobody\n"));
        let server = place.start("mosquitto", "/usr/sbin/mosquitto", &["-c", &file.display().to_string()]);
        let found = look(&server).await;
        assert_eq!((found.protocol, found.login), (Some(Protocol::Mqtt), login), "{found:?}");
    }
}

#[tokio::test]
async fn etcd() {
    let arguments = [
        "--data-dir=@FOLDER/data",
        "--listen-client-urls=http://@ADDRESS:@PORT",
        "--advertise-client-urls=http://@ADDRESS:@PORT",
        "--listen-peer-urls=http://@ADDRESS:@OTHER",
        "--initial-advertise-peer-urls=http://@ADDRESS:@OTHER",
        "--initial-cluster=default=http://@ADDRESS:@OTHER",
    ];
    let server = Place::new().start("etcd-server", "/usr/bin/etcd", &arguments);
    assert_told(&look(&server).await, Protocol::Etcd, "etcd", "etcd-server");
}

#[tokio::test]
async fn zookeeper() {
    let place = Place::new();
    place.make("data");
    let file =
        place.file("zoo.cfg", "dataDir=@FOLDER/data\nclientPort=@PORT\nclientPortAddress=@ADDRESS\nadmin.enableServer=false\n");
    let file = file.display().to_string();
    let arguments = ["-Xmx64m", "-cp", "/usr/share/java/zookeeper.jar", "org.apache.zookeeper.server.ZooKeeperServerMain", &file];
    let server = place.start("zookeeper", "/usr/bin/java", &arguments);
    assert_told(&look(&server).await, Protocol::Zookeeper, "ZooKeeper", "zookeeper");
}

#[tokio::test]
async fn nginx() {
    let place = Place::new();
    let rest = ["-subj", "/CN=www.example.cn", "-keyout", "@FOLDER/key.pem", "-out", "@FOLDER/cert.pem"];
    let command = [&["req", "-x509", "-newkey", "rsa:2048", "-nodes"][..], &rest].concat();
    assert!(place.run("openssl", "/usr/bin/openssl", &command));
    let file = place.file(
        "nginx.conf",
        "daemon off;\npid @FOLDER/pid;\nerror_log stderr;\nevents {}\nhttp {\n access_log off;\n client_body_temp_path @FOLDER/b;\n \
         proxy_temp_path @FOLDER/p;\n fastcgi_temp_path @FOLDER/f;\n uwsgi_temp_path @FOLDER/u;\n scgi_temp_path @FOLDER/s;\n \
         server { listen @ADDRESS:@PORT; }\n server { listen @ADDRESS:@OTHER ssl; ssl_certificate @FOLDER/cert.pem; \
         ssl_certificate_key @FOLDER/key.pem; }\n}\n",
    );
    let server = place.start("nginx-light", "/usr/sbin/nginx", &["-e", "stderr", "-c", &file.display().to_string()]);
    let found = survey(&server, &server.place.ports, &[], None).await;
    assert_eq!(found.len(), 2, "{found:?}");
    for service in &found {
        assert_told(service, Protocol::Http, "nginx", "nginx-light");
        assert_eq!(service.inside_tls, service.port == server.place.ports[1], "{service:?}");
    }
}

#[tokio::test]
async fn apache() {
    let place = Place::new();
    let file = place.file(
        "apache.conf",
        "ServerRoot \"@FOLDER\"\nDefaultRuntimeDir \"@FOLDER\"\nPidFile \"@FOLDER/pid\"\nErrorLog \"@FOLDER/log\"\nServerName localhost\n\
         LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n\
         LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nMutex pthread default\nUser www-data\nGroup www-data\n\
         StartServers 1\nListen @ADDRESS:@PORT\n",
    );
    let server = place.start("apache2-bin", "/usr/sbin/apache2", &["-DFOREGROUND", "-f", &file.display().to_string()]);
    assert_told(&look(&server).await, Protocol::Http, "Apache", "apache2-bin");
}

#[tokio::test]
async fn lighttpd() {
    let place = Place::new();
    let file =
        place.file("lighttpd.conf", "server.document-root = \"@FOLDER\"\nserver.bind = \"@ADDRESS\"\nserver.port = @PORT\n");
    let server = place.start("lighttpd", "/usr/sbin/lighttpd", &["-D", "-f", &file.display().to_string()]);
    assert_told(&look(&server).await, Protocol::Http, "lighttpd", "lighttpd");
}

/// Version 3's discovery tells whose agent it is, not which.
#[tokio::test]
async fn snmpd() {
    let mut place = Place::new();
    place.datagrams = true;
    let file = place.file("snmpd.conf", "master no\n").display().to_string();
    let arguments = ["-f", "-C", "-c", &file, "-Lf", "@FOLDER/log", "-p", "@FOLDER/pid", "udp:@ADDRESS:@PORT"];
    let server = place.start_with("snmpd", "/usr/sbin/snmpd", &arguments, &[("SNMP_PERSISTENT_DIR", "@FOLDER")]);
    let found = survey(&server, &[], &[161], None).await;
    assert_eq!(found.first().and_then(|service| service.protocol), Some(Protocol::Snmp), "{found:?}");
    assert_eq!(found[0].products.first().map(|product| product.name.as_str()), Some("Net-SNMP"), "{found:?}");
}

#[tokio::test]
async fn samba() {
    let place = Place::on_named_interface();
    std::fs::create_dir(place.path("state")).expect("a folder");
    let file = place.file(
        "smb.conf",
        "[global]\nprivate dir = @FOLDER/state\nlock directory = @FOLDER/state\nstate directory = @FOLDER/state\n\
         cache directory = @FOLDER/state\npid directory = @FOLDER/state\nncalrpc dir = @FOLDER/rpc\nbinddns dir = @FOLDER/state\n\
         log file = @FOLDER/log\ninterfaces = @ADDRESS\nbind interfaces only = yes\nsmb ports = @PORT\ndisable netbios = yes\n\
         load printers = no\n",
    );
    let arguments = ["--foreground", "--no-process-group", "-s", &file.display().to_string()];
    let server = place.start("samba", "/usr/sbin/smbd", &arguments);
    // It keeps silent until it times out where it does not understand, so that elsewhere the port's time would be long.
    let found = survey(&server, &[445], &[], None).await;
    assert_eq!(found.first().and_then(|service| service.protocol), Some(Protocol::Smb), "{found:?}");
    assert!(found[0].details.contains_key("protocol_version"), "{found:?}");
}

/// Tomcat's two connectors; it tells its version in its pages alone.
#[tokio::test]
async fn tomcat() {
    let place = Place::new();
    place.make("webapps");
    std::fs::create_dir_all(place.path("conf")).expect("a folder");
    place.file(
        "conf/server.xml",
        "<Server port=\"-1\"><Service name=\"Catalina\"><Connector address=\"@ADDRESS\" port=\"@OTHER\"/>\
         <Connector protocol=\"AJP/1.3\" address=\"@ADDRESS\" port=\"@PORT\" secretRequired=\"false\"/>\
         <Engine name=\"Catalina\" defaultHost=\"localhost\"><Host name=\"localhost\" appBase=\"webapps\"/></Engine></Service></Server>",
    );
    place.file("conf/web.xml", "<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"5.0\"/>");
    let arguments = [
        "-Xmx96m",
        "-cp",
        "/usr/share/tomcat10/bin/bootstrap.jar:/usr/share/tomcat10/bin/tomcat-juli.jar",
        "-Dcatalina.home=/usr/share/tomcat10",
        "-Dcatalina.base=@FOLDER",
        "-Djava.io.tmpdir=@FOLDER",
        "org.apache.catalina.startup.Bootstrap",
        "start",
    ];
    let server = place.start("tomcat10", "/usr/bin/java", &arguments);
    // AJP is among the last questions: only where it usually stands is it reached.
    let found = survey(&server, &[8009, server.place.ports[1]], &[], None).await;
    let protocols: Vec<_> = found.iter().map(|service| service.protocol).collect();
    assert_eq!(protocols, [Some(Protocol::Ajp), Some(Protocol::Http)], "{found:?}");
}
