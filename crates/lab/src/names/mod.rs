//! The lab's name servers: every zone from the root down, answered directly, so that it stands in for a resolver or behind one.
//!
//! Signing, denial and wildcards are hickory's. What it lacks is done here: a DS question goes to the parent's zone (RFC 4035, 3.1.4.1),
//! and some zones fail on purpose.

mod zones;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Header, HeaderCounts, ResponseCode};
use hickory_server::proto::rr::{LowerName, Name, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::{Catalog, MessageResponseBuilder};
use tokio::net::{TcpListener, UdpSocket};

use crate::error::LabError;
use crate::world::{World, ZoneServer};

/// A running name server.
pub struct NameServer {
    server: Server<Handler>,
    address: SocketAddr,
    anchor: String,
}

impl NameServer {
    /// Builds the zones of the world and starts to answer on a free port of 127.0.0.1. `addresses` gives each host its address.
    pub async fn start(world: &World, addresses: &BTreeMap<String, Ipv4Addr>) -> Result<Self, LabError> {
        let built = zones::build(world, addresses)?;
        let depth = built.zones.iter().map(|(origin, _)| origin.num_labels()).max().unwrap_or(0);
        let mut catalogs: Vec<Catalog> = (0..=depth + 1).map(|_| Catalog::new()).collect();
        for (origin, zone) in &built.zones {
            for catalog in catalogs.iter_mut().skip(usize::from(origin.num_labels()) + 1) {
                catalog.upsert(LowerName::new(origin), [zone.clone() as _].into());
            }
        }
        let failing = world.zones.iter().filter(|zone| zone.server != ZoneServer::Answers);
        let failing = failing.map(|zone| Ok((zones::name(&zone.name)?, zone.server))).collect::<Result<_, LabError>>()?;
        let (udp, tcp, address) = listen().await?;
        let mut server = Server::new(Handler { catalogs, failing });
        server.register_socket(udp);
        server.register_listener(tcp, Duration::from_secs(5), 64);
        Ok(Self { server, address, anchor: built.anchor })
    }

    /// Where it answers, by UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root's key as a DNSKEY record in the form of a zone file.
    pub fn anchor(&self) -> &str {
        &self.anchor
    }

    /// Stops it.
    pub async fn stop(mut self) {
        // An error here says that a socket of the lab broke; there is nobody left to care.
        let _ = self.server.shutdown_gracefully().await;
    }
}

struct Handler {
    /// By depth: the catalogue at `n` holds the zones with fewer than `n` labels, so that it knows the parents of names with `n` labels.
    /// The last one holds all.
    catalogs: Vec<Catalog>,
    failing: Vec<(Name, ZoneServer)>,
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut handle: R) -> ResponseInfo {
        let Ok(info) = request.request_info() else { return refuse(request, &mut handle, ResponseCode::FormErr).await };
        let name = Name::from(info.query.name());
        match self.failing.iter().find(|(zone, _)| zone.zone_of(&name)) {
            Some((_, ZoneServer::Servfail)) => return refuse(request, &mut handle, ResponseCode::ServFail).await,
            Some((_, ZoneServer::Silent)) => return unanswered(request),
            _ => {}
        }
        let last = self.catalogs.len().saturating_sub(1);
        let depth = usize::from(name.num_labels()).min(last);
        let asks_parent = info.query.query_type() == RecordType::DS && depth > 0;
        match self.catalogs.get(if asks_parent { depth } else { last }) {
            Some(catalog) => catalog.handle_request::<R, T>(request, handle).await,
            None => refuse(request, &mut handle, ResponseCode::ServFail).await,
        }
    }
}

async fn refuse<R: ResponseHandler>(request: &Request, handle: &mut R, code: ResponseCode) -> ResponseInfo {
    let response = MessageResponseBuilder::from_message_request(request).error_msg(&request.metadata, code);
    match handle.send_response(response).await {
        Ok(info) => info,
        Err(_) => unanswered(request),
    }
}

/// What the server notes about a question that gets no answer.
fn unanswered(request: &Request) -> ResponseInfo {
    ResponseInfo::from(Header { metadata: request.metadata, counts: HeaderCounts::default() })
}

/// A port that is free for UDP and TCP.
async fn listen() -> Result<(UdpSocket, TcpListener, SocketAddr), LabError> {
    let failed = |source| LabError::Listen { address: Ipv4Addr::LOCALHOST.into(), source };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = udp.local_addr().map_err(failed)?;
        match TcpListener::bind(address).await {
            Ok(tcp) => return Ok((udp, tcp, address)),
            Err(_) if attempts < 20 => {}
            Err(source) => return Err(failed(source)),
        }
    }
}
