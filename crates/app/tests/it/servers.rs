//! Debian's nginx, Apache, unbound, PHP and MariaDB on loopback addresses that belong to this process alone.
//!
//! Invariant: a server that was started is stopped when its value goes, and by its own process id; its files live in one folder.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(20);

/// A running server.
pub struct Server {
    child: Child,
}

/// Addresses and ports that nobody else on this machine uses.
#[derive(Clone, Copy)]
pub struct Place {
    net: [u8; 3],
    /// The port that stands for 80.
    pub http: u16,
    /// The port that stands for 443.
    pub https: u16,
    /// The resolver's port.
    pub dns: u16,
}

impl Place {
    /// A network of loopback made of the process id and of a count within the process, so that parallel tests never meet. Its ports are free
    /// on all addresses now, and nobody else listens on these.
    pub fn new() -> Self {
        static COUNT: AtomicU8 = AtomicU8::new(0);
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let turn = COUNT.fetch_add(64, Ordering::Relaxed);
        let net = [127, 64 + high.wrapping_add(turn) % 128, low];
        let [http, https] = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap());
        let dns = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        Self { net, http: port(&http), https: port(&https), dns: dns.local_addr().unwrap().port() }
    }

    /// The address with this number.
    pub fn address(&self, number: u8) -> Ipv4Addr {
        let [first, second, third] = self.net;
        Ipv4Addr::new(first, second, third, number)
    }

    /// Where the resolver answers.
    pub fn resolver(&self) -> SocketAddr {
        (self.address(53), self.dns).into()
    }
}

impl Server {
    /// Starts a program and waits until all of `doors` are open. `log` is shown when it ends instead.
    pub fn start(command: &mut Command, log: &Path, doors: &[SocketAddr]) -> Self {
        let program = PathBuf::from(command.get_program());
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child =
            spawned.unwrap_or_else(|error| panic!("{} cannot be started ({error}): make install-test", program.display()));
        let mut server = Self { child };
        let deadline = Instant::now() + PATIENCE;
        for door in doors {
            while TcpStream::connect(door).is_err() {
                let ended = server.child.try_wait().unwrap();
                let late = Instant::now() > deadline;
                let said = || std::fs::read_to_string(log).unwrap_or_default();
                assert!(ended.is_none() && !late, "{} does not listen on {door} ({ended:?}): {}", program.display(), said());
                sleep(POLL);
            }
        }
        server
    }

    /// nginx with this text inside its `http` block; it listens on `doors`.
    pub fn nginx(folder: &Path, http: &str, doors: &[SocketAddr]) -> Self {
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("  {kind}_temp_path {};\n", folder.join(format!("nginx-{kind}")).display()))
            .concat();
        let log = folder.join("nginx.log");
        let configuration = format!(
            "daemon off;\n{}worker_processes 1;\npid {};\nerror_log {} warn;\nevents {{}}\nhttp {{\n{temporary}  access_log off;\n  \
             types {{ text/html html; image/png png; text/javascript js; text/css css; image/svg+xml svg; }}\n  server_names_hash_bucket_size 128;\n{http}}}\n",
            // As root, the workers would otherwise give up the right to read the folder.
            if rustix::process::geteuid().is_root() { "user root;\n" } else { "" },
            folder.join("nginx.pid").display(),
            log.display(),
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(folder).arg("-e").arg(&log).arg("-c").arg(file);
        Self::start(&mut command, &log, doors)
    }

    /// Apache with this text behind its modules and basic settings; it listens on `doors`.
    pub fn apache(folder: &Path, sites: &str, doors: &[SocketAddr]) -> Self {
        let modules: String = [
            "mpm_event",
            "authz_core",
            "mime",
            "dir",
            "alias",
            "headers",
            "rewrite",
            "socache_shmcb",
            "ssl",
            "http2",
            "deflate",
            "filter",
        ]
        .map(|module| format!("LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so\n"))
        .concat();
        let listen: String = doors.iter().map(|door| format!("Listen {door}\n")).collect();
        let log = folder.join("apache.log");
        let types = folder.join("mime.types");
        std::fs::write(&types, "text/html html\nimage/png png\n").unwrap();
        let configuration = format!(
            "ServerRoot \"{root}\"\nDefaultRuntimeDir \"{root}\"\nPidFile \"{root}/apache.pid\"\nErrorLog \"{}\"\n{modules}\
             TypesConfig \"{}\"\nMutex pthread default\nServerName localhost\nUser www-data\nGroup www-data\n\
             StartServers 1\nThreadsPerChild 25\nMaxRequestWorkers 50\nDirectoryIndex index.html\n{listen}{sites}",
            log.display(),
            types.display(),
            root = folder.display(),
        );
        let file = folder.join("apache.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new("/usr/sbin/apache2");
        command.arg("-DFOREGROUND").arg("-f").arg(file).arg("-E").arg(&log);
        Self::start(&mut command, &log, doors)
    }

    /// MariaDB with data, `socket` and all in the folder; these statements are its first. Who comes by the socket as `root` needs no password.
    pub fn mariadb(folder: &Path, door: SocketAddr, first: &str) -> Self {
        let path = |name: &str| folder.join(name).display().to_string();
        std::fs::write(folder.join("first.sql"), first).unwrap();
        let user = if rustix::process::geteuid().is_root() { "--user=root" } else { "--skip-name-resolve" };
        let common = ["--no-defaults".to_owned(), format!("--datadir={}", path("data")), user.to_owned()];
        let mut install = Command::new("/usr/bin/mariadb-install-db");
        let made = install.args(&common).args(["--auth-root-authentication-method=normal", "--skip-test-db"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let log = folder.join("mariadb.log");
        let mut command = Command::new("/usr/sbin/mariadbd");
        command.args(&common).args([
            format!("--socket={}", path("socket")),
            format!("--bind-address={}", door.ip()),
            format!("--port={}", door.port()),
            format!("--pid-file={}", path("pid")),
            format!("--init-file={}", path("first.sql")),
            format!("--log-error={}", log.display()),
        ]);
        Self::start(&mut command, &log, &[door])
    }

    /// PHP behind the door, for nginx to hand scripts to.
    pub fn php(folder: &Path, door: SocketAddr) -> Self {
        let log = folder.join("php.log");
        let configuration = format!(
            "[global]\ndaemonize = no\nerror_log = {log}\npid = {root}/php.pid\n[www]\nlisten = {door}\npm = static\npm.max_children = 4\n\
             catch_workers_output = yes\n{user}php_admin_value[session.save_path] = {root}\nphp_admin_value[error_log] = {log}\n",
            log = log.display(),
            root = folder.display(),
            user = if rustix::process::geteuid().is_root() { "user = root\ngroup = root\n" } else { "" },
        );
        let file = folder.join("php.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new(php_program());
        // It wants to be told that running as root is meant.
        command.args(["-F", "-R", "-d", "expose_php=1", "-y"]).arg(file);
        Self::start(&mut command, &log, &[door])
    }

    /// unbound on the place's resolver address, with these further lines of configuration. It knows nothing of the Internet.
    pub fn unbound(folder: &Path, place: &Place, lines: &str) -> Self {
        let log = folder.join("unbound.log");
        let configuration = format!(
            "server:\n  interface: {}\n  port: {}\n  do-daemonize: no\n  chroot: \"\"\n  username: \"\"\n  directory: \"{root}\"\n  \
             pidfile: \"{root}/unbound.pid\"\n  logfile: \"{}\"\n  use-syslog: no\n  num-threads: 1\n  do-ip6: no\n  \
             module-config: \"iterator\"\n  access-control: 127.0.0.0/8 allow\n  do-not-query-localhost: no\n{lines}\
             remote-control:\n  control-enable: no\n",
            place.address(53),
            place.dns,
            log.display(),
            root = folder.display(),
        );
        let file = folder.join("unbound.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new("/usr/sbin/unbound");
        command.arg("-d").arg("-c").arg(file);
        Self::start(&mut command, &log, &[place.resolver()])
    }
}

/// Debian's PHP, whose name holds its version: `/usr/sbin/php-fpm8.2`.
pub fn php_program() -> PathBuf {
    let programs = std::fs::read_dir("/usr/sbin").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let is_php = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("php-fpm"));
    programs.filter(is_php).max().expect("no PHP: make install-test")
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to end, so that it takes its workers with it; killed only if it does not. It may have ended already.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            sleep(POLL);
        }
    }
}
