//! Facts out of a port and protocol survey (L2): what listens where, told by what it says and not by its port number.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::technology::Version;
use crate::observation::Failure;
use crate::text::Label;

/// What listens on the addresses of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Services {
    /// The host, A-label form or an address.
    pub host: String,
    /// The TCP ports that were tried, as addressed, before any port map.
    pub ports: Vec<u16>,
    /// The UDP ports that were asked.
    pub udp_ports: Vec<u16>,
    /// One entry an address, in the order of addresses.
    pub addresses: Vec<AddressServices>,
}

/// What listens on one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressServices {
    /// The address.
    pub ip: IpAddr,
    /// Services on open ports, in the order of ports.
    pub open: Vec<Service>,
    /// How many TCP ports answered with a reset.
    pub closed: u32,
    /// How many TCP ports did not answer: filtered, or lost.
    pub silent: u32,
    /// Why the address was not surveyed to the end, if it was not.
    pub unfinished: Option<Failure>,
}

/// Transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

/// Whether a service asks who one is before it works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// It says that it does.
    Required,
    /// It works without.
    NotRequired,
    /// Its greeting does not tell.
    #[default]
    Unknown,
}

/// One open port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Service {
    /// Port as addressed, before any port map.
    pub port: u16,
    /// Transport.
    pub transport: Transport,
    /// What it speaks; `None` when it is open and nobody recognised it.
    pub protocol: Option<Protocol>,
    /// Whether that is spoken inside TLS from the first byte.
    pub inside_tls: bool,
    /// Whether TLS can be begun within the protocol (STARTTLS, STLS, AUTH TLS, SSLRequest); `None` when the protocol has no such thing
    /// or the greeting does not tell.
    pub offers_tls: Option<bool>,
    /// Product with version, best known first.
    pub products: Vec<Product>,
    /// Whether a log-in is needed.
    pub login: Login,
    /// The first line or the telling bytes of what it said, bounded, controls escaped.
    pub greeting: String,
    /// Further particulars by name (`capabilities`, `auth_methods`, `protocol_version`, `cluster`), bounded.
    pub details: BTreeMap<String, String>,
    /// Why it was not recognised, where looking failed.
    pub failure: Option<Failure>,
}

/// A product behind a service or a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Product {
    /// Vendor, if known.
    pub vendor: Option<String>,
    /// Name.
    pub name: String,
    /// Version, if told.
    pub version: Option<Version>,
    /// CPE 2.3 or 2.2 name as the fingerprint gives it, version filled in.
    pub cpe: Option<String>,
    /// Where it was recognised: `greeting`, `recog:ssh.banner`, `wappalyzer:headers`.
    pub source: String,
    /// The bytes that told it, bounded.
    pub matched: String,
}

macro_rules! protocols {
    ($($(#[$doc:meta])* $name:ident, $words:literal, $store:literal;)*) => {
        /// Application protocols that the survey can tell.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Protocol { $($(#[$doc])* $name,)* }

        impl Protocol {
            /// All protocols.
            pub const ALL: &[Protocol] = &[$(Protocol::$name,)*];

            /// Its usual name, the same in both languages.
            pub fn label(self) -> Label {
                match self { $(Protocol::$name => Label { zh: $words, en: $words },)* }
            }

            /// Whether it gives access to stored data or to a platform's controls, so that it has no place on the Internet.
            pub fn is_store(self) -> bool {
                match self { $(Protocol::$name => $store,)* }
            }
        }
    };
}

protocols! {
    /// HTTP, whatever stands behind it.
    Http, "HTTP", false;
    /// SSH.
    Ssh, "SSH", false;
    /// FTP.
    Ftp, "FTP", false;
    /// Telnet.
    Telnet, "Telnet", false;
    /// SMTP, submission included.
    Smtp, "SMTP", false;
    /// POP3.
    Pop3, "POP3", false;
    /// IMAP.
    Imap, "IMAP", false;
    /// DNS.
    Dns, "DNS", false;
    /// LDAP.
    Ldap, "LDAP", true;
    /// SMB.
    Smb, "SMB", true;
    /// Remote Desktop.
    Rdp, "RDP", false;
    /// VNC (RFB).
    Vnc, "VNC", false;
    /// SNMP.
    Snmp, "SNMP", false;
    /// MySQL and MariaDB.
    Mysql, "MySQL", true;
    /// PostgreSQL.
    Postgresql, "PostgreSQL", true;
    /// SQL Server (TDS).
    SqlServer, "SQL Server", true;
    /// Oracle TNS.
    OracleTns, "Oracle TNS", true;
    /// Redis.
    Redis, "Redis", true;
    /// MongoDB.
    Mongodb, "MongoDB", true;
    /// Elasticsearch and OpenSearch.
    Elasticsearch, "Elasticsearch", true;
    /// Memcached.
    Memcached, "Memcached", true;
    /// ZooKeeper.
    Zookeeper, "ZooKeeper", true;
    /// etcd.
    Etcd, "etcd", true;
    /// Kafka.
    Kafka, "Kafka", true;
    /// AMQP (RabbitMQ).
    Amqp, "AMQP", true;
    /// MQTT.
    Mqtt, "MQTT", true;
    /// ClickHouse.
    Clickhouse, "ClickHouse", true;
    /// Hadoop and YARN.
    Hadoop, "Hadoop", true;
    /// Docker API.
    Docker, "Docker API", true;
    /// Kubernetes API.
    Kubernetes, "Kubernetes API", true;
    /// RTSP.
    Rtsp, "RTSP", false;
    /// SOCKS.
    Socks, "SOCKS", false;
    /// AJP.
    Ajp, "AJP", false;
    /// Java RMI.
    Rmi, "Java RMI", false;
    /// Dubbo.
    Dubbo, "Dubbo", false;
    /// Nacos.
    Nacos, "Nacos", true;
    /// Consul.
    Consul, "Consul", true;
    /// Kibana.
    Kibana, "Kibana", true;
}
