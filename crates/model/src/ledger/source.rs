//! Who speaks: kinds of source, sources, and what each delivered when.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::text::{Label, Text};

/// What a delivery of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The whole: what it says no more is withdrawn.
    Whole,
    /// An addition: what was said before stays.
    Addition,
    /// The whole of each application that it speaks of: what it says no more of that one is withdrawn.
    Each,
}

/// What a source is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceClass {
    /// Registers and ledgers: who runs what.
    Register,
    /// Lists to compare with.
    List,
    /// What is vulnerable: statements, which go to the watch and not into claims.
    Advisory,
    /// What was seen to exist.
    Seen,
    /// What an institution declares of itself.
    Declaration,
    /// Reports from the public.
    Report,
    /// A person of the monitoring centre decided.
    Person,
}

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $class:ident, $mode:ident, $days:literal, $zh:literal, $en:literal;)*) => {
        /// Kinds of source.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum SourceKind { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl SourceKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The kind's machine name, as on the command line.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it is good for.
            pub fn class(self) -> SourceClass {
                match self { $(Self::$name => SourceClass::$class,)* }
            }

            /// What a delivery is.
            pub fn mode(self) -> Mode {
                match self { $(Self::$name => Mode::$mode,)* }
            }

            /// A delivery is expected at least every so many days; older, the source is stale. 0: none is expected.
            pub fn fresh_days(self) -> u16 {
                match self { $(Self::$name => $days,)* }
            }

            /// The kind in words.
            pub fn label(self) -> Label {
                match self { $(Self::$name => Label { zh: $zh, en: $en },)* }
            }
        }
    };
}

sources! {
    /// The staffing office's roster of institutions.
    Roster, "roster", Register, Whole, 90, "机构编制名册", "institution roster";
    /// Ledger files: institutions with their applications.
    Ledger, "ledger", Register, Whole, 90, "应用台账", "application ledger";
    /// An extract of the ICP filing system.
    Icp, "icp", Register, Whole, 90, "ICP 备案数据", "ICP filing extract";
    /// An extract of public-security filings.
    Police, "police", Register, Whole, 90, "公安联网备案数据", "public-security filing extract";
    /// An extract of the register of official marks.
    Mark, "mark", Register, Whole, 90, "网上标识登记数据", "mark register extract";
    /// The list of government-site codes.
    SiteCode, "site_code", Register, Whole, 90, "政府网站标识码名录", "government-site code list";
    /// Domain registrations as RDAP answers (RFC 9083).
    Rdap, "rdap", Register, Addition, 30, "域名注册数据（RDAP）", "domain registrations (RDAP)";
    /// Domain registrations as WHOIS text.
    Whois, "whois", Register, Addition, 30, "域名注册数据（WHOIS）", "domain registrations (WHOIS)";
    /// Administrative divisions and their names.
    Divisions, "divisions", Register, Whole, 400, "行政区划", "administrative divisions";

    /// New or zone domains.
    Zone, "zone", Seen, Addition, 2, "新增域名与区文件", "zone and new-domain lists";
    /// Passive DNS, common output format.
    PassiveDns, "passive_dns", Seen, Addition, 7, "被动 DNS", "passive DNS";
    /// Certificate transparency logs.
    CtLog, "ct", Seen, Addition, 2, "证书透明度日志", "certificate transparency";
    /// FOFA export.
    Fofa, "fofa", Seen, Addition, 30, "FOFA 导出", "FOFA export";
    /// Quake export.
    Quake, "quake", Seen, Addition, 30, "Quake 导出", "Quake export";
    /// Hunter export.
    Hunter, "hunter", Seen, Addition, 30, "Hunter 导出", "Hunter export";
    /// ZoomEye export.
    ZoomEye, "zoomeye", Seen, Addition, 30, "ZoomEye 导出", "ZoomEye export";
    /// Shodan export.
    Shodan, "shodan", Seen, Addition, 30, "Shodan 导出", "Shodan export";
    /// Censys export.
    Censys, "censys", Seen, Addition, 30, "Censys 导出", "Censys export";
    /// nmap XML.
    Nmap, "nmap", Seen, Addition, 30, "Nmap 结果", "nmap results";
    /// httpx JSON lines.
    Httpx, "httpx", Seen, Addition, 30, "httpx 结果", "httpx results";
    /// nuclei JSON lines.
    Nuclei, "nuclei", Seen, Addition, 30, "nuclei 结果", "nuclei results";
    /// Our own mapping: candidates that discovery found.
    Discovery, "discovery", Seen, Addition, 0, "测绘发现", "own discovery";

    /// Listings of app stores.
    AppStore, "app_store", Register, Whole, 30, "应用商店上架数据", "app-store listings";
    /// Mini programs.
    MiniPrograms, "mini_program", Register, Whole, 30, "小程序数据", "mini programs";
    /// Public accounts.
    Accounts, "account", Register, Whole, 30, "公众账号数据", "public accounts";

    /// App distribution platforms that are filed.
    Platforms, "platforms", List, Whole, 180, "已备案应用分发平台名单", "filed app platforms";
    /// Cloud platforms that passed the assessment.
    Clouds, "clouds", List, Whole, 180, "通过评估的云平台名单", "assessed cloud platforms";
    /// Licensed e-government certification authorities.
    Authorities, "authorities", List, Whole, 365, "电子政务电子认证机构名单", "licensed certification authorities";
    /// Address ranges of clouds and CDNs.
    CloudRanges, "cloud_ranges", List, Whole, 30, "云与 CDN 网段", "cloud and CDN ranges";
    /// URLhaus CSV.
    UrlHaus, "urlhaus", List, Addition, 2, "URLhaus 恶意网址", "URLhaus";
    /// OpenPhish feed.
    OpenPhish, "openphish", List, Whole, 2, "OpenPhish 钓鱼网址", "OpenPhish";
    /// Hosts files and plain lists of malicious names and addresses.
    HostsList, "hosts_list", List, Whole, 7, "恶意域名与地址名单", "list of malicious hosts";
    /// STIX 2.1 bundles.
    Stix, "stix", List, Addition, 7, "STIX 2.1 情报", "STIX 2.1";
    /// MISP events.
    Misp, "misp", List, Addition, 7, "MISP 情报", "MISP";
    /// NVD's CVE records, JSON 2.0.
    Nvd, "nvd", Advisory, Addition, 2, "NVD 漏洞数据", "NVD";
    /// The CVE list, JSON 5.
    CveList, "cve", Advisory, Addition, 2, "CVE 列表", "CVE list";
    /// OSV records.
    Osv, "osv", Advisory, Addition, 2, "OSV 漏洞数据", "OSV";
    /// GitHub's reviewed advisories, as its API gives them.
    Ghsa, "ghsa", Advisory, Addition, 2, "GitHub 安全公告", "GitHub advisories";
    /// The repository of retire.js.
    RetireJs, "retirejs", Advisory, Whole, 30, "retire.js 前端组件漏洞库", "retire.js";
    /// CNVD's weekly XML.
    Cnvd, "cnvd", Advisory, Addition, 10, "CNVD 漏洞数据", "CNVD";
    /// CNNVD's XML or JSON.
    Cnnvd, "cnnvd", Advisory, Addition, 10, "CNNVD 漏洞数据", "CNNVD";
    /// Vendors' advisories, CSAF 2.0.
    Csaf, "csaf", Advisory, Addition, 30, "厂商安全公告（CSAF）", "vendors' advisories (CSAF)";
    /// CISA's known exploited vulnerabilities.
    Kev, "kev", Advisory, Whole, 10, "已知被利用漏洞目录（KEV）", "known exploited vulnerabilities (KEV)";
    /// Exploit prediction scores of FIRST.
    Epss, "epss", Advisory, Whole, 3, "漏洞利用预测评分（EPSS）", "exploit prediction (EPSS)";
    /// End-of-life data.
    EndOfLife, "eol", List, Whole, 30, "产品停止维护数据", "end-of-life data";
    /// Suppliers and their names.
    Suppliers, "suppliers", List, Whole, 365, "供应商名录", "suppliers";

    /// Answers of institutions to the questionnaire.
    Attestation, "attestation", Declaration, Addition, 365, "单位填报", "attestations";
    /// Bills of materials.
    Sbom, "sbom", Declaration, Each, 180, "软件物料清单", "bills of materials";
    /// Reports from the public.
    Complaints, "complaints", Report, Addition, 0, "投诉举报", "reports from the public";
    /// Decisions of persons: pinned values, states, confirmed candidates.
    Person, "person", Person, Addition, 0, "人工确认", "decisions of persons";
}

/// One source: a kind of data from one supplier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its number in the store.
    pub id: i64,
    /// Kind.
    pub kind: SourceKind,
    /// Name, unique within the kind: who delivers, or for [`SourceKind::Person`] who decided.
    pub name: String,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is being taken in, or the program ended meanwhile: delivering the same again completes it.
    Open,
    /// Taken.
    Applied,
    /// Nothing of it is taken until a person releases it: see the delivery's reason.
    Held,
    /// Not readable as what it should be: see the reason. Nothing of it is taken.
    Refused,
    /// A person decided not to take it.
    Discarded,
}

/// What a delivery held and changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Counts {
    /// Rows or records read, bad ones too.
    pub rows: u64,
    /// Rows that were not taken.
    pub rejected: u64,
    /// Claims or sightings that are new.
    pub added: u64,
    /// Known ones that changed.
    pub changed: u64,
    /// Known ones that did not.
    pub unchanged: u64,
    /// Claims that the source makes no more.
    pub withdrawn: u64,
}

/// One delivery of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// Its number in the store.
    pub id: i64,
    /// The source.
    pub source: Source,
    /// File, URL or caller that it came from.
    pub origin: String,
    /// Digest of the bytes.
    pub digest: Digest,
    /// When it was delivered.
    pub at: Timestamp,
    /// How it ended.
    pub state: DeliveryState,
    /// Why it was held or refused.
    pub reason: Option<Text>,
    /// What it held and changed.
    pub counts: Counts,
    /// The first of the bad rows.
    pub rejected: Vec<Rejected>,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejected {
    /// Its line in the file, from 1; in a workbook the number of its row; in a document without lines the number of the record.
    pub line: u64,
    /// Column or field with the bad value; `None` when the row as a whole cannot be read.
    pub column: Option<String>,
    /// The bad value, cut to 200 characters, without control characters.
    pub value: String,
    /// What is wrong with it, and what would be right.
    pub reason: Text,
}
