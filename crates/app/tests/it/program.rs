//! Running the binary, and the lab beside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::Timestamp;
use lab::lab::Lab;
use lab::world::World;
use serde_json::Value;
use tempfile::TempDir;

/// The binary with its data in a folder of its own.
pub struct Program {
    /// The folder; removed at the end.
    pub home: TempDir,
}

/// How a run ended.
pub struct Ended {
    /// Exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Program {
    pub fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingcha"));
        command
            .args(["--lang", "en"])
            .args(arguments)
            .current_dir(self.home.path())
            .env("XDG_DATA_HOME", self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }
}

/// What a finished process left.
pub fn ended(output: Output) -> Ended {
    Ended {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ended {
    /// The same, if it ended with this status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("standard output is one JSON document")
    }
}

/// A lab that lives as long as this value.
pub struct Running {
    pub lab: Lab,
    _runtime: tokio::runtime::Runtime,
}

/// Starts a lab in `folder`.
pub fn lab(world: World, folder: &Path) -> Running {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lab = runtime.block_on(Lab::start(world, folder, Timestamp::now())).unwrap();
    Running { lab, _runtime: runtime }
}

/// The verdict of `rule` on `subject` in a report.
pub fn verdict<'a>(report: &'a Value, subject: &str, rule: &str) -> &'a Value {
    let subjects = report["subjects"].as_array().expect("subjects");
    let found = subjects.iter().find(|entry| entry["subject"] == subject);
    let verdicts = found.unwrap_or_else(|| panic!("{subject} is not in the report"))["verdicts"].as_array().expect("verdicts");
    verdicts.iter().find(|verdict| verdict["rule"] == rule).unwrap_or_else(|| panic!("{rule} did not judge {subject}"))
}
