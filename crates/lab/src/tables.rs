//! The lists and fingerprint sets that a user loads, as the lab's world has them: written beside the configuration that names them.
//!
//! All of them are inventions in the published formats; no line comes from a published set.

/// Path below the lab's folder, and content.
pub(crate) const TABLES: [(&str, &str); 13] = [
    ("country.csv", include_str!("../world/tables/country.csv")),
    ("country-second.csv", include_str!("../world/tables/country-second.csv")),
    ("asn.csv", include_str!("../world/tables/asn.csv")),
    ("providers.json", include_str!("../world/tables/providers.json")),
    ("fingerprints/wappalyzer/technologies.json", include_str!("../world/tables/fingerprints/wappalyzer/technologies.json")),
    ("fingerprints/wappalyzer/categories.json", include_str!("../world/tables/fingerprints/wappalyzer/categories.json")),
    ("fingerprints/recog/ssh_banners.xml", include_str!("../world/tables/fingerprints/recog/ssh_banners.xml")),
    ("fingerprints/recog/rtsp_servers.xml", include_str!("../world/tables/fingerprints/recog/rtsp_servers.xml")),
    ("fingerprints/wafw00f-rules.json", include_str!("../world/tables/fingerprints/wafw00f-rules.json")),
    ("default-passwords.csv", include_str!("../world/tables/passwords.csv")),
    ("templates/backup-index.yaml", include_str!("../world/tables/templates/backup-index.yaml")),
    ("templates/status-page.yaml", include_str!("../world/tables/templates/status-page.yaml")),
    ("templates/upload-probe.yaml", include_str!("../world/tables/templates/upload-probe.yaml")),
];

/// Advisories, life-cycle data, a threat list and bills of materials: kind of source as on the command line of the product, path below the
/// lab's folder, and content.
pub(crate) const SOURCES: [(&str, &str, &str); 8] = [
    ("nvd", "nvd.json", include_str!("../world/tables/advisories/nvd.json")),
    ("kev", "kev.json", include_str!("../world/tables/advisories/kev.json")),
    ("epss", "epss.csv", include_str!("../world/tables/advisories/epss.csv")),
    ("retirejs", "retirejs.json", include_str!("../world/tables/advisories/retirejs.json")),
    ("eol", "eol.json", include_str!("../world/tables/advisories/eol.json")),
    ("hosts_list", "threats.txt", include_str!("../world/tables/advisories/threats.txt")),
    ("sbom", "sbom-zhuying.json", include_str!("../world/tables/advisories/sbom-zhuying.json")),
    ("sbom", "sbom-songluo.json", include_str!("../world/tables/advisories/sbom-songluo.json")),
];
