//! The command line. The derive below is the English original; `chinese` holds the Chinese wording of every entry.

pub mod advisory;
mod chinese;
mod errors;
pub mod ledger;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use model::institution::DivisionCode;
use model::text::Lang;

/// Checks Internet-facing government applications against the Provisions on their security management.
#[derive(Debug, Parser)]
#[command(name = "mingcha", version, disable_help_subcommand = true)]
pub struct Cli {
    /// Language of help, output and reports.
    #[arg(long, global = true, value_enum, env = "MINGCHA_LANG", default_value = "zh")]
    pub lang: Language,
    /// Configuration file (TOML); see `mingcha config`.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// More about what is going on, on standard error; twice for all.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Job,
}

/// The two languages.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Job {
    /// Check one or more web sites now.
    Check(Check),
    /// Check everything in a ledger once; goes on where an interrupted sweep stopped.
    Sweep(Sweep),
    /// Map applications: addresses, services, technologies, pages; no verdicts, no browser.
    Map(Map),
    /// Import what sources deliver, fetch it, see how fresh it is.
    #[command(subcommand)]
    Source(ledger::Source),
    /// The ledger: who runs what, by whose word; what contradicts what; what a person decides.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Advisories: import them, see who is affected, notify owners, watch the rectification.
    #[command(subcommand)]
    Advisory(advisory::Advisory),
    /// Templates of active tests: which are taken, and what they match in stored answers.
    #[command(subcommand)]
    Templates(Templates),
    /// Take what sources push and the public reports, and fetch the configured sources when they are due.
    Serve,
    /// List the rules, or show one.
    #[command(subcommand)]
    Rules(Rules),
    /// Judge the stored evidence again, without touching any server.
    Rejudge(Rejudge),
    /// Verify a verdict: read its evidence again, hash it again, judge it again.
    Verify(Verify),
    /// Write the report of the last run from what is stored.
    Report(Output),
    /// Start the lab: a small government Internet on loopback.
    #[command(subcommand)]
    Lab(Lab),
    /// Start the lab, sweep it, compare the findings with what was planted.
    Demo(Demo),
    /// Print the configuration in force, as a file to start from.
    Config,
}

/// Where results go.
#[derive(Args, Debug)]
pub struct Output {
    /// Form of the result.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Folder for the result; without it the result goes to standard output.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Forms of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For the terminal.
    Table,
    /// One JSON document.
    Json,
    /// One JSON document per subject and line.
    Jsonl,
    /// A self-contained report for people.
    Html,
    /// SARIF 2.1.0, for tools.
    Sarif,
}

/// `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Addresses: host names or URLs.
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The institution that runs them (JSON or TOML); without it the imported ledger is asked.
    #[arg(long, value_name = "FILE")]
    pub institution: Option<PathBuf>,
    /// Map the application as well: hosts, addresses, services, pages, technologies.
    #[arg(long)]
    pub map: bool,
    /// Output.
    #[command(flatten)]
    pub output: Output,
}

/// `sweep`.
#[derive(Args, Debug)]
pub struct Sweep {
    /// Ledger files (CSV, JSON, XLSX); without them the imported ledger is swept.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub ledger: Vec<PathBuf>,
    /// Of the imported ledger, only this division and all below it.
    #[arg(long, value_name = "CODE", conflicts_with = "ledger")]
    pub region: Option<DivisionCode>,
    /// Begin anew instead of going on with an interrupted sweep.
    #[arg(long)]
    pub fresh: bool,
    /// Map the applications as well.
    #[arg(long)]
    pub map: bool,
    /// Output.
    #[command(flatten)]
    pub output: Output,
}

/// `map`.
#[derive(Args, Debug)]
pub struct Map {
    /// Addresses: host names or URLs.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Ledger files (CSV, JSON, XLSX); without targets and files the imported ledger is mapped.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub ledger: Vec<PathBuf>,
    /// Of the imported ledger, only this division and all below it.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["ledger", "targets"])]
    pub region: Option<DivisionCode>,
    /// Begin anew instead of going on with an interrupted run.
    #[arg(long)]
    pub fresh: bool,
    /// Put discovered names into the imported ledger as candidates, to be claimed.
    #[arg(long)]
    pub keep_candidates: bool,
    /// Output.
    #[command(flatten)]
    pub output: Output,
}

/// `templates`.
#[derive(Debug, Subcommand)]
pub enum Templates {
    /// List templates: which are taken, which are refused and why.
    List {
        /// Files and folders; without them those of the configuration.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Form of the list.
        #[arg(long, value_enum, default_value = "table")]
        format: ledger::ListFormat,
    },
    /// Match templates against the answers that are stored; sends nothing and needs no grant.
    Match {
        /// Files and folders; without them those of the configuration.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Form of the list.
        #[arg(long, value_enum, default_value = "table")]
        format: ledger::ListFormat,
    },
}

/// `rules`.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List all rules.
    List {
        /// Form of the list.
        #[arg(long, value_enum, default_value = "table")]
        format: RuleFormat,
    },
    /// Show one rule.
    Show {
        /// Rule id, for example DOM002.
        id: String,
        /// Form of the page.
        #[arg(long, value_enum, default_value = "md")]
        format: RuleFormat,
    },
}

/// Forms of rule pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuleFormat {
    /// For the terminal.
    Table,
    /// JSON.
    Json,
    /// Markdown.
    Md,
}

/// `rejudge`.
#[derive(Args, Debug)]
pub struct Rejudge {
    /// Judge as of the moment the evidence was sealed, not as of now.
    #[arg(long)]
    pub as_sealed: bool,
}

/// `verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// Verdict id, or its first digits.
    pub verdict: String,
}

/// `lab`.
#[derive(Debug, Subcommand)]
pub enum Lab {
    /// Start it and keep it running until Ctrl-C.
    Up {
        /// World file or folder; without it the built-in world.
        #[arg(long, value_name = "FILE")]
        world: Option<PathBuf>,
        /// Instead of a world, this many plain healthy sites, for measuring.
        #[arg(long, value_name = "N", conflicts_with = "world")]
        replicas: Option<usize>,
        /// Folder for certificates, configuration and ledger.
        #[arg(long, value_name = "DIR", default_value = "out/lab")]
        out: PathBuf,
    },
}

/// `demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// Folder for the lab's files and the report.
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    pub out: PathBuf,
}

/// Reads the command line in the language that it asks for.
///
/// # Errors
/// Wrong use, and requests for help or version; both are printed by [`errors::print`].
pub fn parse(arguments: Vec<OsString>) -> Result<Cli, (clap::Error, Lang)> {
    let lang = language(&arguments);
    let command = command(lang);
    let matches = command.try_get_matches_from(arguments).map_err(|error| (error, lang))?;
    Cli::from_arg_matches(&matches).map_err(|error| (error, lang))
}

/// Prints why parsing ended; returns the exit status: 0 for help and version, 2 for wrong use.
pub fn explain(error: &clap::Error, lang: Lang) -> u8 {
    errors::print(error, lang)
}

/// The language is needed before parsing, so that help and errors come in it.
fn language(arguments: &[OsString]) -> Lang {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let flag = words.iter().enumerate().find_map(|(index, word)| match word.strip_prefix("--lang") {
        Some("") => words.get(index + 1).map(|value| value.to_string()),
        Some(rest) => rest.strip_prefix('=').map(str::to_owned),
        None => None,
    });
    let asked = flag.or_else(|| std::env::var("MINGCHA_LANG").ok());
    if asked.is_some_and(|value| value == "en") { Lang::En } else { Lang::Zh }
}

/// The command with its help in `lang`.
pub fn command(lang: Lang) -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let command = Cli::command().disable_version_flag(true).arg(match lang {
        Lang::Zh => version.help("显示版本"),
        Lang::En => version.help("Show the version"),
    });
    localise(command, lang, "")
}

fn localise(command: Command, lang: Lang, path: &str) -> Command {
    let words = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(words("显示帮助", "Show help"))
        .help_heading(words("选项", "Options"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = command
        .disable_help_flag(true)
        .mut_args(|argument| {
            let key = join(path, argument.get_id().as_str());
            let heading = match (argument.is_positional(), lang) {
                (true, Lang::Zh) => "参数",
                (true, Lang::En) => "Arguments",
                (false, Lang::Zh) => "选项",
                (false, Lang::En) => "Options",
            };
            let argument = argument.help_heading(heading);
            let takes_value = argument.get_action().takes_values();
            match (lang, chinese::argument(&key)) {
                // clap's own notes on values come in English only; the Chinese wording holds them itself. Flags have none to hide.
                (Lang::Zh, Some(help)) => argument
                    .help(StyledStr::from(help))
                    .hide_possible_values(takes_value)
                    .hide_default_value(takes_value)
                    .hide_env(takes_value),
                _ => argument,
            }
        })
        .subcommand_help_heading(words("命令", "Commands"))
        .subcommand_value_name(words("命令", "COMMAND"))
        .help_template(words(
            "{about}\n\n用法：{usage}\n\n{all-args}{after-help}",
            "{about}\n\nUsage: {usage}\n\n{all-args}{after-help}",
        ));
    command = command.arg(help);
    if let (Lang::Zh, Some(about)) = (lang, chinese::about(path)) {
        command = command.about(about);
    }
    for name in names {
        command = command.mut_subcommand(&name, |sub| localise(sub, lang, &join(path, &name)));
    }
    command
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &Command, path: &str, missing: &mut Vec<String>) {
        if chinese::about(path).is_none() {
            missing.push(format!("about {path}"));
        }
        let arguments = command.get_arguments().map(|argument| argument.get_id().as_str());
        missing.extend(arguments.map(|id| join(path, id)).filter(|key| chinese::argument(key).is_none()));
        for sub in command.get_subcommands() {
            walk(sub, &join(path, sub.get_name()), missing);
        }
    }

    #[test]
    fn every_entry_has_chinese_words() {
        let mut missing = Vec::new();
        walk(&Cli::command(), "", &mut missing);
        assert!(missing.is_empty(), "no Chinese for {missing:?}");
    }

    #[test]
    fn help_comes_in_one_language() {
        let help = command(Lang::Zh).render_long_help().to_string();
        assert!(help.contains("用法：") && help.contains("显示帮助") && !help.contains("Usage"), "{help}");
        let help = command(Lang::En).render_long_help().to_string();
        assert!(help.contains("Usage:") && !help.contains("用法"), "{help}");
    }

    #[test]
    fn wrong_use_is_found() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert!(parse(words("mingcha check www.x.gov.cn --lang en --format json")).is_ok());
        assert!(parse(words("mingcha check")).is_err());
        assert!(parse(words("mingcha fly")).is_err());
    }
}
