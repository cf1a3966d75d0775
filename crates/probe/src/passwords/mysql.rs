//! Attempts on MySQL: the handshake (protocol 41) and `mysql_native_password`, and nothing beyond.
//!
//! The client libraries of MySQL open their own sockets and repeat attempts by themselves, which neither the dialer nor the bound on
//! attempts allows; and of all they do a trial needs one packet in each direction.

use dialer::connection::Connection;
use model::observation::{Failure, FailureClass};
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Attempt, Login, Run, locked};
use crate::exchange::Deadline;

/// The largest packet that is read, in bytes.
const PACKET: usize = 4096;
/// LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH.
const CAPABILITIES: u32 = 0x0008_8201;
const NATIVE: &str = "mysql_native_password";
/// The server refuses the password (ER_ACCESS_DENIED_ERROR).
const DENIED: u16 = 1045;
/// Too many connections, host blocked, too many user connections, limits of an account, account locked, blocked after failures.
const BRAKES: [u16; 7] = [1040, 1129, 1203, 1226, 3118, 3955, 4151];

/// A connection that speaks in packets.
struct Packets {
    connection: Connection,
    about: String,
    deadline: Deadline,
}

impl Packets {
    /// The next packet with its number.
    async fn hear(&mut self) -> Result<(u8, Vec<u8>), Failure> {
        let hearing = async {
            let mut head = [0; 4];
            self.connection.read_exact(&mut head).await?;
            let mut packet = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
            if packet.len() > PACKET {
                return Err(std::io::Error::other("a packet that is too long"));
            }
            self.connection.read_exact(&mut packet).await?;
            Ok((head[3], packet))
        };
        let heard = self.deadline.meet(&self.about, "packet", hearing).await?;
        heard.map_err(|error| Failure::new(FailureClass::ConnectionReset, format!("{}: {error}", self.about)))
    }

    async fn say(&mut self, number: u8, packet: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(packet.len()).unwrap_or_default().to_le_bytes();
        let bytes = [&length[..3], &[number], packet].concat();
        let said = self.deadline.meet(&self.about, "request", self.connection.write_all(&bytes)).await?;
        said.map_err(|error| Failure::new(FailureClass::ConnectionReset, format!("{}: {error}", self.about)))
    }
}

/// What a server says first.
#[derive(Debug, PartialEq, Eq)]
struct Greeting {
    version: String,
    nonce: Vec<u8>,
}

/// Reads a greeting (HandshakeV10).
fn greeting(packet: &[u8]) -> Option<Greeting> {
    let rest = packet.strip_prefix(&[10])?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (version, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
    // Thread (4), nonce (8), filler, capabilities (2), charset, status (2), capabilities (2), length of the nonce, reserved (10), nonce.
    let mut nonce = rest.get(4..12)?.to_vec();
    nonce.extend_from_slice(rest.get(31..43)?);
    Some(Greeting { version: String::from_utf8_lossy(version).chars().filter(|c| !c.is_control()).take(100).collect(), nonce })
}

/// The answer to a nonce: SHA1(password) XOR SHA1(nonce, SHA1(SHA1(password))); nothing for an empty password.
fn scramble(password: &str, nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let once = Sha1::digest(password.as_bytes());
    let twice = Sha1::digest(once);
    let keyed = Sha1::new().chain_update(nonce).chain_update(twice).finalize();
    once.iter().zip(keyed).map(|(a, b)| a ^ b).collect()
}

/// The log-in (HandshakeResponse41).
fn response(login: &Login<'_>, nonce: &[u8]) -> Vec<u8> {
    let mut packet = CAPABILITIES.to_le_bytes().to_vec();
    packet.extend_from_slice(&(1_u32 << 24).to_le_bytes());
    // utf8_general_ci, then what is reserved.
    packet.push(33);
    packet.extend_from_slice(&[0; 23]);
    packet.extend_from_slice(login.account.as_bytes());
    packet.push(0);
    let answer = scramble(login.password.expose(), nonce);
    packet.push(u8::try_from(answer.len()).unwrap_or_default());
    packet.extend_from_slice(&answer);
    packet.extend_from_slice(NATIVE.as_bytes());
    packet.push(0);
    packet
}

impl Run<'_> {
    async fn packets(&self, port: u16) -> Result<Packets, Failure> {
        let connection = self.connect(port).await?;
        Ok(Packets { connection, about: format!("{}:{port}", self.host), deadline: self.deadline() })
    }

    /// The server's version.
    pub(super) async fn mysql_greeting(&self, port: u16) -> Result<String, Failure> {
        let (_, packet) = self.packets(port).await?.hear().await?;
        let told = greeting(&packet).map(|greeting| greeting.version);
        told.ok_or_else(|| Failure::new(FailureClass::ProtocolError, format!("{}:{port}: no MySQL greeting", self.host)))
    }

    /// An attempt on MySQL.
    pub(super) async fn mysql(&self, port: u16, login: &Login<'_>) -> Result<Attempt, Failure> {
        let mut packets = self.packets(port).await?;
        let (number, packet) = packets.hear().await?;
        let Some(greeting) = greeting(&packet) else {
            // After attempts, an error in place of a greeting shuts us out.
            return Err(Failure::new(
                FailureClass::RateLimited,
                format!("{}:{port}: an error in place of a greeting", self.host),
            ));
        };
        packets.say(number.wrapping_add(1), &response(login, &greeting.nonce)).await?;
        let (mut number, mut packet) = packets.hear().await?;
        if let Some(nonce) = native_again(&packet) {
            packets.say(number.wrapping_add(1), &scramble(login.password.expose(), nonce)).await?;
            (number, packet) = packets.hear().await?;
        }
        let code = || packet.get(1..3).map_or(0, |code| u16::from_le_bytes([code[0], code[1]]));
        let unclear =
            |what: &str| Attempt::Unclear(Failure::new(FailureClass::ProtocolError, format!("{}:{port}: {what}", self.host)));
        match packet.first() {
            Some(0) => {
                // COM_QUIT.
                let _ = (number, packets.say(0, &[1]).await);
                Ok(Attempt::Accepted)
            }
            Some(0xff) if BRAKES.contains(&code()) => {
                Err(Failure::new(FailureClass::RateLimited, format!("{}:{port}: MySQL error {}", self.host, code())))
            }
            Some(0xff) if code() == DENIED => {
                let text = String::from_utf8_lossy(&packet).into_owned();
                locked(&self.host, &text).map_or(Ok(Attempt::Refused), Err)
            }
            Some(0xff) => Ok(unclear(&format!("MySQL error {}", code()))),
            _ => Ok(unclear("the account signs in by another method")),
        }
    }
}

/// The new nonce, when the server asks for the native method once more (AuthSwitchRequest).
fn native_again(packet: &[u8]) -> Option<&[u8]> {
    let rest = packet.strip_prefix(&[0xfe])?.strip_prefix(NATIVE.as_bytes())?.strip_prefix(&[0])?;
    rest.get(..20)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_answer_to_a_nonce() {
        // The server's own test: SHA1(SHA1(password)) is what it stores, from which it checks the answer.
        let nonce = [7; 20];
        let answer = scramble("secret", &nonce);
        let stored = Sha1::digest(Sha1::digest(b"secret"));
        let keyed = Sha1::new().chain_update(nonce).chain_update(stored).finalize();
        let once: Vec<u8> = answer.iter().zip(keyed).map(|(a, b)| a ^ b).collect();
        assert_eq!(Sha1::digest(&once), stored);
        assert_eq!(scramble("", &nonce), [0; 0]);
    }

    proptest! {
        #[test]
        fn any_greeting_is_read(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = (greeting(&bytes), greeting(&[&[10][..], &bytes].concat()), native_again(&bytes));
        }
    }
}
