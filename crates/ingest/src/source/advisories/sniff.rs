//! Tells advisories' formats from each other by how they begin, so that a file can be imported without naming its kind.

use model::ledger::source::SourceKind as K;

/// Marks of each format; the first that holds counts, so that the more telling ones come first.
const MARKS: &[(K, &[&str])] = &[
    (K::Epss, &["#model_version", "cve,epss,percentile"]),
    (K::Kev, &["\"catalogVersion\"", "\"cveID\""]),
    (K::Nvd, &["\"NVD_CVE\"", "\"resultsPerPage\"", "\"sourceIdentifier\"", "\"CVE_Items\""]),
    (K::CveList, &["\"CVE_RECORD\"", "\"cveMetadata\"", "\"containers\""]),
    (K::Csaf, &["\"csaf_version\"", "\"csaf_security_advisory\""]),
    (K::Ghsa, &["\"ghsa_id\""]),
    (K::Cnnvd, &["\"cnnvdCode\"", "<cnnvd", "CNNVD-"]),
    (K::Cnvd, &["<vulnerabilitys", "CNVD-"]),
    (K::Osv, &["\"schema_version\"", "\"affected\"", "\"database_specific\""]),
    (K::RetireJs, &["\"retire-example\"", "\"extractors\"", "\"below\"", "\"atOrAbove\""]),
];

/// The kind whose marks stand in the first bytes of a delivery, unpacked; `None` when no mark does.
pub fn kind(start: &[u8]) -> Option<K> {
    let start = String::from_utf8_lossy(start);
    MARKS.iter().find(|(_, marks)| marks.iter().any(|mark| start.contains(mark))).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_told_by_its_beginning() {
        let told = [
            ("#model_version:v2023.03.01,score_date:2023-08-27T00:00:00+0000\ncve,epss,percentile\n", K::Epss),
            ("{\n \"title\": \"CISA Catalog\",\n \"catalogVersion\": \"2025.08.25\",", K::Kev),
            ("{\"resultsPerPage\":1,\"format\":\"NVD_CVE\",\"vulnerabilities\":[", K::Nvd),
            ("{\"dataType\": \"CVE_RECORD\", \"containers\": {\"adp\": [", K::CveList),
            ("{\"document\": {\"category\": \"csaf_security_advisory\", \"csaf_version\": \"2.0\"", K::Csaf),
            ("[{\"ghsa_id\": \"GHSA-gxr4-xjj5-5px2\", \"cve_id\": \"CVE-2020-11022\"", K::Ghsa),
            ("{\"id\": \"d1\", \"vulName\": \"ftpd\", \"cnnvdCode\": \"CNNVD-198801-002\"", K::Cnnvd),
            ("<?xml version=\"1.0\"?>\n<vulnerabilitys><vulnerability><number>CNVD-2017-02266</number>", K::Cnvd),
            ("{\"schema_version\": \"1.3.1\", \"id\": \"GO-2020-0001\", \"aliases\": [\"CVE-2020-36567\"]", K::Osv),
            ("{\"retire-example\": {\"vulnerabilities\": [{\"below\": \"0.0.2\"", K::RetireJs),
        ];
        for (start, expected) in told {
            assert_eq!(kind(start.as_bytes()), Some(expected), "{start}");
        }
        assert_eq!(kind(b"domain,owner\nexample.cn,x\n"), None);
    }
}
