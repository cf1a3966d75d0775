//! Attempts on services that speak in lines: FTP (RFC 959) and Redis.

use dialer::connection::Connection;
use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Attempt, Login, Run, locked};
use crate::exchange::Deadline;

/// The longest line, in bytes, and the most lines of one reply.
const LINE: usize = 2048;
const REPLY: usize = 100;

/// A connection that is read line by line.
pub(super) struct Lines {
    connection: Connection,
    about: String,
    deadline: Deadline,
}

impl Lines {
    async fn line(&mut self) -> Result<String, Failure> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            if line.len() == LINE {
                return Err(Failure::new(FailureClass::ProtocolError, format!("{}: a line without end", self.about)));
            }
            let read = self.deadline.meet(&self.about, "line", self.connection.read_u8()).await?;
            line.push(read.map_err(|error| self.broken(&error))?);
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let said = self.deadline.meet(&self.about, "request", self.connection.write_all(bytes)).await?;
        said.map_err(|error| self.broken(&error))
    }

    fn broken(&self, error: &std::io::Error) -> Failure {
        Failure::new(FailureClass::ConnectionReset, format!("{}: {error}", self.about))
    }

    /// A reply with its code; of several lines the last has a blank behind the code (RFC 959, 4.2).
    async fn reply(&mut self) -> Result<(u16, String), Failure> {
        let mut text = String::new();
        for _ in 0..REPLY {
            let line = self.line().await?;
            text.push_str(&line);
            text.push('\n');
            let code = line.get(..3).and_then(|code| code.parse().ok());
            if let Some(code) = code
                && line.as_bytes().get(3) != Some(&b'-')
            {
                return Ok((code, text));
            }
        }
        Err(Failure::new(FailureClass::ProtocolError, format!("{}: a reply without end", self.about)))
    }
}

impl Run<'_> {
    /// A connection to a port of the host.
    pub(super) async fn connect(&self, port: u16) -> Result<Connection, Failure> {
        self.probes.dialer.connect(self.permit, &self.host, port).await
    }

    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.probes.dialer.settings().read_timeout())
    }

    async fn lines(&self, port: u16) -> Result<Lines, Failure> {
        let connection = self.connect(port).await?;
        Ok(Lines { connection, about: format!("{}:{port}", self.host), deadline: self.deadline() })
    }

    /// What an FTP server says first.
    pub(super) async fn ftp_greeting(&self, port: u16) -> Result<String, Failure> {
        let mut lines = self.lines(port).await?;
        let (_, greeting) = lines.reply().await?;
        let _ = lines.say(b"QUIT\r\n").await;
        Ok(greeting)
    }

    /// An attempt on FTP: 230 lets in, 530 refuses, 421 closes.
    pub(super) async fn ftp(&self, port: u16, login: &Login<'_>) -> Result<Attempt, Failure> {
        let mut lines = self.lines(port).await?;
        let (code, _) = lines.reply().await?;
        if code != 220 {
            return Err(Failure::new(
                FailureClass::RateLimited,
                format!("{}:{port}: FTP {code} in place of a greeting", self.host),
            ));
        }
        lines.say(format!("USER {}\r\n", login.account).as_bytes()).await?;
        let (code, text) = lines.reply().await?;
        let (code, text) = match code {
            331 => {
                lines.say(format!("PASS {}\r\n", login.password.expose()).as_bytes()).await?;
                lines.reply().await?
            }
            // An account without a password has no default either.
            230 => (0, text),
            _ => (code, text),
        };
        let _ = lines.say(b"QUIT\r\n").await;
        match code {
            230 => Ok(Attempt::Accepted),
            421 => Err(Failure::new(FailureClass::RateLimited, format!("{}:{port}: FTP 421", self.host))),
            530 => locked(&self.host, &text).map_or(Ok(Attempt::Refused), Err),
            _ => Ok(Attempt::Unclear(Failure::new(FailureClass::ProtocolError, format!("{}:{port}: FTP {code}", self.host)))),
        }
    }

    /// An attempt on Redis (its `AUTH` command, by the serialisation protocol).
    pub(super) async fn redis(&self, port: u16, login: &Login<'_>) -> Result<Attempt, Failure> {
        let mut lines = self.lines(port).await?;
        let words: Vec<&str> = [login.account, login.password.expose()].into_iter().filter(|word| !word.is_empty()).collect();
        let mut command = format!("*{}\r\n$4\r\nAUTH\r\n", words.len() + 1);
        for word in words {
            command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        lines.say(command.as_bytes()).await?;
        let answer = lines.line().await?;
        let _ = lines.say(b"*1\r\n$4\r\nQUIT\r\n").await;
        let refused = ["-WRONGPASS", "-ERR invalid password", "-ERR invalid username"];
        Ok(match answer.as_str() {
            "+OK" => Attempt::Accepted,
            answer if refused.iter().any(|beginning| answer.starts_with(beginning)) => Attempt::Refused,
            // Without a password set there is no default, and a server that knows no accounts does not take one.
            _ => Attempt::Unclear(Failure::new(
                FailureClass::ProtocolError,
                format!("{}:{port}: no answer to AUTH that tells", self.host),
            )),
        })
    }
}
