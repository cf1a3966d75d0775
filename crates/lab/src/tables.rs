//! The lists and fingerprint sets that a user loads, as the lab's world has them: written beside the configuration that names them.
//!
//! All of them are inventions in the published formats; no line comes from a published set.

/// Path below the lab's folder, and content.
pub(crate) const TABLES: [(&str, &str); 9] = [
    ("country.csv", include_str!("../world/tables/country.csv")),
    ("country-second.csv", include_str!("../world/tables/country-second.csv")),
    ("asn.csv", include_str!("../world/tables/asn.csv")),
    ("providers.json", include_str!("../world/tables/providers.json")),
    ("fingerprints/wappalyzer/technologies.json", include_str!("../world/tables/fingerprints/wappalyzer/technologies.json")),
    ("fingerprints/wappalyzer/categories.json", include_str!("../world/tables/fingerprints/wappalyzer/categories.json")),
    ("fingerprints/recog/ssh_banners.xml", include_str!("../world/tables/fingerprints/recog/ssh_banners.xml")),
    ("fingerprints/recog/rtsp_servers.xml", include_str!("../world/tables/fingerprints/recog/rtsp_servers.xml")),
    ("fingerprints/wafw00f-rules.json", include_str!("../world/tables/fingerprints/wafw00f-rules.json")),
];
