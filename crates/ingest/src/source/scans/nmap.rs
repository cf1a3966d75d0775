//! Results of nmap, XML (`-oX`).

use jiff::Timestamp;
use model::ledger::source::SourceKind;
use model::text;
use model::text::Label;

use crate::source::input::Input;
use crate::source::rows::{Rows, clean};
use crate::source::services::{self, Look, Place, Service};
use crate::source::times::epoch;
use crate::source::xml::{Element, Piece, Xml};
use crate::source::{Format, Sink, SourceError, Stopped};

/// Results of nmap.
pub static FORMAT: Format =
    Format { kind: SourceKind::Nmap, doc: Label { zh: include_str!("nmap.zh.md"), en: include_str!("nmap.md") }, read };

const EXPECTED: &str = "nmap XML";
/// The most ports of a host that are kept; there are no more.
const MOST_PORTS: usize = 2 * 65_536;
/// The most names of a host that are kept.
const MOST_NAMES: usize = 100;

/// A host while it is read.
#[derive(Default)]
struct Host {
    address: String,
    names: Vec<String>,
    /// Names of the reverse tree.
    reverse: Vec<String>,
    end: Option<Timestamp>,
    ports: Vec<Port>,
    /// The port under way.
    open: Option<Port>,
}

/// A port that answers.
#[derive(Default)]
struct Port {
    number: Option<u16>,
    protocol: String,
    is_open: bool,
    service: Element,
    /// What the script http-title says.
    title: String,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut rows = Rows::new(sink, input.at);
    let name = input.name.to_owned();
    let mut xml = Xml::new(input, EXPECTED);
    let (mut host, mut path) = (None::<Host>, Vec::<String>::new());
    while let Some(piece) = xml.next_piece()? {
        match piece {
            Piece::Open(element) => {
                if path.is_empty() && element.name != "nmaprun" {
                    let found = clean(&element.name, 60);
                    let problem = text!(
                        zh: "根元素是 <{found}>，应为 <nmaprun>；请用 -oX 输出",
                        en: "its root is <{found}>, not <nmaprun>; write it with -oX",
                    );
                    return Err(SourceError::Unlike { name, expected: EXPECTED, problem });
                }
                if element.name == "host" {
                    host = Some(Host { end: element.get("endtime").parse().ok().and_then(epoch), ..Host::default() });
                } else if let Some(host) = &mut host {
                    host.take(&element);
                }
                path.push(element.name);
            }
            Piece::Close(_) => match (path.pop().as_deref(), &mut host) {
                (Some("port"), Some(host)) => host.close_port(),
                (Some("host"), _) => {
                    rows.line += 1;
                    rows.count();
                    if let Some(host) = host.take() {
                        host.hand_on(&mut rows)?;
                    }
                }
                _ => {}
            },
        }
    }
    Ok(())
}

impl Host {
    fn take(&mut self, element: &Element) {
        match (element.name.as_str(), &mut self.open) {
            ("address", _) if element.get("addrtype").starts_with("ip") => self.address = element.get("addr").to_owned(),
            ("hostname", _) if self.names.len() + self.reverse.len() < MOST_NAMES => {
                let names = if element.get("type") == "user" { &mut self.names } else { &mut self.reverse };
                names.push(element.get("name").to_owned());
            }
            ("port", _) => {
                let protocol = element.get("protocol").to_owned();
                self.open = Some(Port { number: element.get("portid").parse().ok(), protocol, ..Port::default() });
            }
            ("state", Some(port)) => port.is_open = element.get("state") == "open",
            ("service", Some(port)) => port.service = element.clone(),
            ("script", Some(port)) if element.get("id") == "http-title" => {
                // The title stands in the first line; the second tells of a redirect.
                port.title = element.get("output").lines().next().unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }

    fn close_port(&mut self) {
        if let Some(port) = self.open.take().filter(|port| port.is_open && self.ports.len() < MOST_PORTS) {
            self.ports.push(port);
        }
    }

    fn hand_on(&self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let hosts = self.names.iter().map(String::as_str).collect();
        let told = self.reverse.iter().map(String::as_str).collect();
        let place = Place { address: &self.address, hosts, told };
        for port in &self.ports {
            let spoken = match (port.service.get("name"), port.service.get("tunnel")) {
                ("http", "ssl") => "https".to_owned(),
                (name, "ssl") => format!("ssl/{name}"),
                (name, _) => name.to_owned(),
            };
            let service = Service {
                port: port.number,
                transport: &port.protocol,
                service: &spoken,
                product: port.service.get("product"),
                version: port.service.get("version"),
            };
            let look = Look { title: &port.title, ..Look::default() };
            services::seen(rows, &place, &service, &look, Ok(self.end))?;
        }
        Ok(())
    }
}
