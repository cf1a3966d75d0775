//! How the program ends, by the outside contract: 0 nothing violated, 1 violations found, 2 wrong use or unreadable input, 3 could not run.

use std::process::ExitCode;

use model::text::Lang;

/// The end of a command.
#[derive(Debug)]
pub enum Exit {
    /// Done; nothing is violated.
    Clean,
    /// Done; violations were found.
    Violations,
    /// Wrong use or unreadable input.
    Usage(anyhow::Error),
    /// It could not run, or not to its end.
    Failed(anyhow::Error),
}

impl Exit {
    /// It could not run.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self::Failed(error.into())
    }

    /// Done, with violations or without.
    pub fn found(violations: bool) -> Self {
        if violations { Self::Violations } else { Self::Clean }
    }

    /// Prints what went wrong, with its causes, and returns the status.
    pub fn print(self, lang: Lang) -> ExitCode {
        let (status, error) = match self {
            Self::Clean => (0, None),
            Self::Violations => (1, None),
            Self::Usage(error) => (2, Some(error)),
            Self::Failed(error) => (3, Some(error)),
        };
        if let Some(error) = error {
            let word = if lang == Lang::Zh { "错误：" } else { "error: " };
            eprintln!("{word}{error:#}");
        }
        status.into()
    }
}

/// Turns the error of a result into one of the two failing ends.
pub trait OrExit<T> {
    /// An error means wrong use or unreadable input.
    fn or_usage(self) -> Result<T, Exit>;
    /// An error means that the program could not run.
    fn or_failed(self) -> Result<T, Exit>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_usage(self) -> Result<T, Exit> {
        self.map_err(|error| Exit::Usage(error.into()))
    }

    fn or_failed(self) -> Result<T, Exit> {
        self.map_err(|error| Exit::Failed(error.into()))
    }
}

/// Commands are written with `?`; both ends of their result are an [`Exit`].
pub fn ended(result: Result<Exit, Exit>) -> Exit {
    result.unwrap_or_else(|exit| exit)
}
