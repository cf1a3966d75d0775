//! Debian's servers, each in a folder and on a loopback address of its own.
//!
//! Invariant: a server that was started is stopped when its value goes, by its own process id and that of its group.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(20);

/// Where a server will live: a folder, an address, and ports that are free there.
pub struct Place {
    folder: TempDir,
    pub address: Ipv4Addr,
    pub ports: [u16; 2],
    /// Whether the server listens for datagrams alone.
    pub datagrams: bool,
    /// What its log says once it answers, where it listens before it can.
    pub ready: &'static str,
}

impl Place {
    /// On an address of loopback made of the process id and of a count within the process, so that parallel tests never meet.
    pub fn new() -> Self {
        static COUNT: AtomicU8 = AtomicU8::new(1);
        let [_, _, high, low] = std::process::id().to_be_bytes();
        Self::on(Ipv4Addr::new(127, 64 + high % 128, low, COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// On 127.0.0.1, for servers that listen only on addresses that an interface names.
    pub fn on_named_interface() -> Self {
        Self::on(Ipv4Addr::LOCALHOST)
    }

    fn on(address: Ipv4Addr) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        // Many servers give up root before they read it.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("permissions");
        let held = [(); 2].map(|()| TcpListener::bind((address, 0)).expect("a port"));
        let ports = held.map(|listener| listener.local_addr().expect("an address").port());
        Self { folder, address, ports, datagrams: false, ready: "" }
    }

    pub fn port(&self) -> u16 {
        self.ports[0]
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder that anybody may write to.
    pub fn make(&self, name: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::create_dir_all(&path).expect("a folder");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).expect("permissions");
        path
    }

    /// Writes a configuration, in which `@ADDRESS`, `@PORT`, `@OTHER` and `@FOLDER` stand for the place's.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, self.fill(text)).expect("a file");
        path
    }

    fn fill(&self, text: &str) -> String {
        text.replace("@ADDRESS", &self.address.to_string())
            .replace("@PORT", &self.ports[0].to_string())
            .replace("@OTHER", &self.ports[1].to_string())
            .replace("@FOLDER", &self.folder.path().display().to_string())
    }

    /// Starts a program of a package, its arguments filled in, and waits until the first port is open.
    pub fn start(self, package: &str, program: &str, arguments: &[&str]) -> Server {
        self.start_with(package, program, arguments, &[])
    }

    /// The same with environment variables.
    pub fn start_with(self, package: &str, program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Server {
        let log = self.path("output.log");
        let output = std::fs::File::create(&log).expect("a log");
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|argument| self.fill(argument)));
        command.envs(variables.iter().map(|(name, value)| (*name, self.fill(value))));
        // A group of its own: some servers end by ending their whole group.
        command.current_dir(self.folder.path()).stdin(Stdio::null()).process_group(0);
        command.stdout(output.try_clone().expect("a log")).stderr(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("{program} ({error}): apt-get install {package}"));
        let mut server = Server { child, place: self };
        server.wait(&log);
        server
    }

    /// Runs a program of a package to its end; whether it succeeded.
    pub fn run(&self, package: &str, program: &str, arguments: &[&str]) -> bool {
        let arguments = arguments.iter().map(|argument| self.fill(argument));
        let ran = Command::new(program).args(arguments).current_dir(self.folder.path()).output();
        ran.unwrap_or_else(|error| panic!("{program} ({error}): apt-get install {package}")).status.success()
    }
}

/// Whether anybody has taken this UDP port (proc(5)). Trying to take it would hinder the server.
fn is_bound(port: u16) -> bool {
    std::fs::read_to_string("/proc/net/udp").is_ok_and(|table| table.contains(&format!(":{port:04X} ")))
}

/// A running server.
pub struct Server {
    child: Child,
    pub place: Place,
}

impl Server {
    fn wait(&mut self, log: &Path) {
        let door = SocketAddr::from((self.place.address, self.place.port()));
        let deadline = Instant::now() + PATIENCE;
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        let listens = |place: &Place| TcpStream::connect(door).is_ok() || (place.datagrams && is_bound(door.port()));
        while !(said().contains(self.place.ready) && listens(&self.place)) {
            let ended = self.child.try_wait().expect("its state");
            assert!(ended.is_none() && Instant::now() < deadline, "it does not listen on {door} ({ended:?}): {}", said());
            sleep(POLL);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // It may have ended by itself.
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            sleep(POLL);
        }
        // Its workers, and itself if it is late.
        let _ = pid.map(|pid| kill_process_group(pid, Signal::KILL));
        let _ = self.child.wait();
    }
}

/// The upstream part of a package's version: `9.18.49` of `1:9.18.49-1~deb12u3`.
pub fn packaged(package: &str) -> String {
    let output = Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]).output().expect("dpkg-query runs");
    let version = String::from_utf8(output.stdout).expect("a version");
    assert!(!version.is_empty(), "apt-get install {package}");
    let version = version.rsplit(':').next().unwrap_or_default();
    version.split(['-', '+']).next().unwrap_or_default().to_owned()
}
