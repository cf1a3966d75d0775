//! Advisories as they are published: our own small ones, and the real ones where sample data are at hand.

use std::fs::{self, File};
use std::path::PathBuf;

use model::advisory::{Affected, Bound, Condition, Ordering, Product, Span, Standing, Statement, System};
use proptest::prelude::*;

use crate::source::advisories::{cve_list, epss, kev, nvd};
use crate::source::input::Input;
use crate::source::testing::{Kept, read};
use crate::source::{Format, SourceError};

const TREE: &str = r#"{"resultsPerPage":2,"format":"NVD_CVE","version":"2.0","vulnerabilities":[
{"cve":{"id":"cve-2099-10001","vulnStatus":"Analyzed","published":"2099-01-02T03:04:05.678","lastModified":"2099-01-03T00:00:00",
 "cveTags":[{"sourceIdentifier":"x","tags":["disputed"]}],
 "descriptions":[{"lang":"es","value":"otro"},{"lang":"en","value":"A \"quoted\" flaw in the example server. More."}],
 "metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov","cvssData":{"vectorString":"CVSS:3.1/AV:N","baseScore":9.8}},
                             {"source":"x@example.com","cvssData":{"vectorString":"CVSS:3.1/AV:L","baseScore":5}}],
            "cvssMetricV2":[{"source":"nvd@nist.gov","cvssData":{"vectorString":"AV:N/AC:L","baseScore":7.5}}]},
 "weaknesses":[{"description":[{"lang":"en","value":"CWE-22"}]}],
 "references":[{"url":"https://example.com/a"}],
 "configurations":[{"operator":"AND","nodes":[
   {"operator":"OR","negate":false,"cpeMatch":[
     {"vulnerable":true,"criteria":"cpe:2.3:a:e:server:*:*:*:*:*:*:*:*","versionStartIncluding":"2.0","versionEndExcluding":"2.4.1"},
     {"vulnerable":true,"criteria":"cpe:2.3:a:e:server:1.0:sp1:*:*:*:*:*:*"},
     {"vulnerable":true,"criteria":"cpe:2.3:a:e:server:1.0:sp1:*:*:*:*:*:*"}]},
   {"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:microsoft:windows:-:*:*:*:*:*:*:*"}]}]},
  {"negate":true,"nodes":[{"operator":"AND","cpeMatch":[
     {"vulnerable":true,"criteria":"cpe:2.3:a:e:plugin:*:*:*:*:*:wordpress:*:*","versionEndIncluding":"3"},
     {"vulnerable":true,"criteria":"cpe:2.3:z:wrong"},
     {"vulnerable":true,"criteria":"cpe:2.3:a:e:server:*:*:*:*:*:*:*:*","versionStartIncluding":"9","versionEndExcluding":"8"}]}]}]}},
{"cve":{"id":"CVE-2099-10002","vulnStatus":"Rejected","descriptions":[{"lang":"en","value":"Rejected reason: not a flaw."}],
 "configurations":[{"nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:e:server:1:*:*:*:*:*:*:*"}]}]}]}},
{"cve":{"id":"none"}},
{"cve":{"id":"CVE-2099-10003","configurations":7}}
]}"#;

fn statements(format: &Format, text: &str) -> Kept {
    read(format, "x", text.as_bytes()).expect("readable")
}

fn leaves(conditions: &[Condition]) -> Vec<&Affected> {
    let mut found = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Is(leaf) => found.push(leaf),
            Condition::Not(within) => found.extend(leaves(std::slice::from_ref(within))),
            Condition::All(within) | Condition::Any(within) => found.extend(leaves(within)),
        }
    }
    found
}

fn spelled(leaf: &Affected) -> String {
    let end = |bound: &Bound, open: &str, shut: [&str; 2]| match bound {
        Bound::Open => open.to_owned(),
        Bound::Including(version) => format!("{}{version}", shut[0]),
        Bound::Excluding(version) => format!("{}{version}", shut[1]),
    };
    let span = |span: &Span| format!("{} {}", end(&span.from, "", [">=", ">"]), end(&span.to, "", ["<=", "<"])).trim().to_owned();
    let versions = &leaf.versions;
    let mut parts: Vec<String> = versions.spans.iter().map(span).chain(versions.listed.clone()).collect();
    parts.extend(versions.all.then(|| "all".to_owned()));
    parts.extend(versions.except.iter().map(|one| format!("!{one}")));
    let running = if leaf.vulnerable { "" } else { " with" };
    let target = if leaf.target.is_empty() { String::new() } else { format!("@{}", leaf.target) };
    format!("{}{target}{running} {}", leaf.product, parts.join(" | "))
}

#[test]
fn a_tree_of_nvd_keeps_its_form() {
    let kept = statements(&nvd::FORMAT, TREE);
    let [first, second] = &kept.statements[..] else { panic!("{:?}", kept.rejected) };
    assert_eq!((first.id.as_str(), first.standing, second.standing), ("CVE-2099-10001", Standing::Disputed, Standing::Rejected));
    assert_eq!(first.title, "A \"quoted\" flaw in the example server.");
    assert_eq!(first.published.map(|at| at.to_string()).as_deref(), Some("2099-01-02T03:04:05.678Z"));
    let scores: Vec<_> = first.scores.iter().map(|score| (score.system, score.tenths, score.by.as_str())).collect();
    let nist = "nvd@nist.gov";
    assert_eq!(
        scores,
        [(System::Cvss3, Some(98), nist), (System::Cvss3, Some(50), "x@example.com"), (System::Cvss2, Some(75), nist)]
    );
    assert_eq!(
        (&first.weaknesses[..], &first.references[..]),
        (&["CWE-22".to_owned()][..], &["https://example.com/a".to_owned()][..])
    );
    let [Condition::All(together), Condition::Not(never)] = &first.affects[..] else { panic!("{:?}", first.affects) };
    assert_eq!(
        leaves(together).into_iter().map(spelled).collect::<Vec<_>>(),
        ["cpe:a:e:server >=2.0 <2.4.1 | 1.0-sp1", "cpe:o:microsoft:windows with all"]
    );
    assert_eq!(
        leaves(std::slice::from_ref(never)).into_iter().map(spelled).collect::<Vec<_>>(),
        ["cpe:a:e:plugin@wordpress <=3", "cpe:a:e:server >=9 <8"]
    );
    assert!(second.affects.is_empty());
    let bad: Vec<_> =
        kept.bad().into_iter().map(|(line, column, value)| (line, column, value.chars().take(15).collect())).collect();
    assert_eq!(
        bad,
        [
            (1, "criteria", "cpe:2.3:z:wrong".to_owned()),
            (1, "criteria", "cpe:2.3:a:e:ser".to_owned()),
            (3, "id", "none".to_owned()),
            (4, "", "{\"cve\":{\"id\":\"C".to_owned())
        ]
    );
}

#[test]
fn older_and_other_shapes_of_nvd_say_the_same() {
    let old = r#"{"CVE_data_type":"CVE","CVE_Items":[{"cve":{"CVE_data_meta":{"ID":"CVE-2099-10001"},
      "problemtype":{"problemtype_data":[{"description":[{"lang":"en","value":"CWE-22"}]}]},
      "references":{"reference_data":[{"url":"https://example.com/a"}]},
      "description":{"description_data":[{"lang":"en","value":"** DISPUTED ** A flaw."}]}},
      "configurations":{"nodes":[{"operator":"AND","children":[
        {"operator":"OR","children":[],"cpe_match":[{"vulnerable":true,"cpe23Uri":"cpe:2.3:a:e:server:*:*:*:*:*:*:*:*","versionEndIncluding":"2"}]},
        {"operator":"OR","children":[],"cpe_match":[{"vulnerable":false,"cpe23Uri":"cpe:2.3:o:e:os:-:*:*:*:*:*:*:*"}]}],"cpe_match":[]}]},
      "impact":{"baseMetricV3":{"cvssV3":{"vectorString":"CVSS:3.0/AV:N","baseScore":9.1}}},"publishedDate":"2099-01-02T03:04Z"}]}"#;
    let kept = statements(&nvd::FORMAT, old);
    let [told] = &kept.statements[..] else { panic!("{:?}", kept.rejected) };
    assert_eq!((told.standing, told.scores[0].tenths, told.published.is_some()), (Standing::Disputed, Some(91), true));
    let [Condition::All(both)] = &told.affects[..] else { panic!("{:?}", told.affects) };
    assert_eq!(leaves(both).into_iter().map(spelled).collect::<Vec<_>>(), ["cpe:a:e:server <=2", "cpe:o:e:os with all"]);

    let beside = r#"{"_annotation":{"cve_id":"CVE-2099-10009","description":"A flaw.","references":["https://example.com/b"]},
      "cve":{"configurations":[{"nodes":[{"cpeMatch":[{"criteria":"cpe:2.3:a:e:x:1:*:*:*:*:*:*:*","vulnerable":true}],"operator":"OR"}]}]}}"#;
    let kept = statements(&nvd::FORMAT, &beside.replace('\n', " "));
    assert_eq!(kept.statements[0].id, "CVE-2099-10009");
    assert_eq!(leaves(&kept.statements[0].affects).into_iter().map(spelled).collect::<Vec<_>>(), ["cpe:a:e:x 1"]);
}

/// One record of the CVE list with one product.
fn concerned(product: &str) -> Vec<String> {
    let record = format!(
        r#"{{"cveMetadata":{{"cveId":"CVE-2099-10001","state":"PUBLISHED"}},"containers":{{"cna":{{"affected":[{product}]}}}}}}"#
    );
    let kept = statements(&cve_list::FORMAT, &record.replace('\n', " "));
    assert_eq!(kept.rejected, []);
    leaves(&kept.statements[0].affects).into_iter().map(spelled).collect()
}

#[test]
fn versions_of_the_cve_list_are_understood() {
    let of = |versions: &str, default: &str| {
        concerned(&format!(r#"{{"vendor":"Example","product":"CMS","defaultStatus":"{default}","versions":[{versions}]}}"#))
    };
    let cases = [
        (r#"{"version":"1.0","status":"affected"}"#, "unaffected", "1.0"),
        (r#"{"version":"0","status":"affected","lessThan":"2.4"}"#, "", "<2.4"),
        (r#"{"version":"1.0","status":"affected","lessThanOrEqual":"*"}"#, "", ">=1.0"),
        (r#"{"version":"5.4","status":"affected","lessThanOrEqual":"5.4.*"}"#, "", ">=5.4 <5.5"),
        (r#"{"version":">= 1.0, < 2.0","status":"affected"}"#, "", ">=1.0 <2.0"),
        (r#"{"version":"*","status":"affected"},{"version":"3.1","status":"unaffected"}"#, "", "all | !3.1"),
        (
            r#"{"version":"8.1","status":"affected","lessThan":"9","changes":[{"at":"8.1.5","status":"unaffected"},{"at":"8.3","status":"affected"}]}"#,
            "unknown",
            ">=8.1 <8.1.5 | >=8.3 <9",
        ),
        (r#"{"version":"3.1","status":"unaffected"}"#, "affected", "all | !3.1"),
        (
            r#"{"version":"6.2","status":"affected"},{"version":"0","status":"unaffected","lessThan":"6.2"},
               {"version":"6.6.7","status":"unaffected","lessThanOrEqual":"6.6.*"},{"version":"6.7","status":"unaffected","lessThanOrEqual":"*"}"#,
            "affected",
            ">=6.2 <6.6.7 | 6.2",
        ),
    ];
    for (versions, default, expected) in cases {
        assert_eq!(of(versions, default), [format!("name:examplecms {expected}")], "{versions}");
    }
    for nothing in ["n/a", "unspecified", "All versions prior to the January release", ""] {
        assert_eq!(of(&format!(r#"{{"version":"{nothing}","status":"affected"}}"#), ""), [""; 0], "{nothing}");
    }
    assert_eq!(of(r#"{"version":"1da177e4","status":"affected","lessThan":"abcdef","versionType":"git"}"#, ""), [""; 0]);
}

#[test]
fn products_of_the_cve_list_have_all_their_names() {
    let versions = r#""versions":[{"version":"1.0","status":"affected","lessThan":"2.0"}]"#;
    assert_eq!(
        concerned(&format!(
            r#"{{"vendor":"v","product":"p","cpes":["cpe:2.3:a:v:p:1.0:*:*:*:*:node.js:*:*"],
                "collectionURL":"https://www.npmjs.com/","packageName":"@Scope/p",{versions}}}"#
        )),
        ["cpe:a:v:p@node.js >=1.0 <2.0", "pkg:npm/%40scope/p >=1.0 <2.0"]
    );
    assert_eq!(concerned(r#"{"vendor":"v","product":"p","cpes":["cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*"]}"#), ["cpe:a:v:p 1.0"]);
    assert_eq!(concerned(&format!(r#"{{"vendor":"n/a","product":"n/a",{versions}}}"#)), [""; 0]);
}

#[test]
fn a_record_of_the_cve_list_speaks_for_all_its_containers() {
    let record = r#"{"cveMetadata":{"cveId":"CVE-2099-10001","state":"PUBLISHED","datePublished":"2099-01-02T03:04:05Z"},"containers":{
      "cna":{"providerMetadata":{"shortName":"example"},"descriptions":[{"lang":"en","value":"A flaw."}],"tags":["disputed"],
        "metrics":[{"format":"CVSS","cvssV4_0":{"vectorString":"CVSS:4.0/AV:N","baseScore":9.3}}],
        "problemTypes":[{"descriptions":[{"lang":"en","cweId":"CWE-22","description":"x"}]}],"solutions":[{"lang":"en","value":"Update."}],
        "cpeApplicability":[{"operator":"OR","nodes":[{"operator":"OR","negate":false,"cpeMatch":[
           {"vulnerable":true,"criteria":"cpe:2.3:a:e:x:*:*:*:*:*:*:*:*","versionEndExcluding":"2"}]}]}]},
      "adp":[{"providerMetadata":{"shortName":"CISA-ADP"},"affected":[{"vendor":"e","product":"x","cpes":["wrong"],"versions":[]}],
        "metrics":[{"other":{"type":"ssvc","content":{"options":[{"Exploitation":"active"}]}}},
                   {"cvssV3_1":{"vectorString":"CVSS:3.1/AV:N","baseScore":8.8}}]}]}}"#;
    let kept = statements(&cve_list::FORMAT, &record.replace('\n', " "));
    let [told] = &kept.statements[..] else { panic!("{:?}", kept.rejected) };
    assert_eq!((told.standing, told.exploited.is_some(), told.remedy.as_str()), (Standing::Disputed, true, "Update."));
    let scores: Vec<_> = told.scores.iter().map(|score| (score.system, score.by.as_str())).collect();
    assert_eq!(scores, [(System::Cvss4, "example"), (System::Cvss3, "CISA-ADP")]);
    assert_eq!(leaves(&told.affects).into_iter().map(spelled).collect::<Vec<_>>(), ["cpe:a:e:x <2"]);
    assert_eq!(kept.bad(), [(1, "cpes", "wrong")]);
    let rejected = r#"{"cveMetadata":{"cveId":"CVE-2099-10002","state":"REJECTED"},"containers":{"cna":{"rejectedReasons":[{"lang":"en","value":"A double."}]}}}"#;
    let kept = statements(&cve_list::FORMAT, rejected);
    assert_eq!((kept.statements[0].standing, kept.statements[0].title.as_str()), (Standing::Rejected, "A double."));
}

#[test]
fn the_written_examples_are_read() {
    for (format, fence) in [(&nvd::FORMAT, "json"), (&cve_list::FORMAT, "json"), (&kev::FORMAT, "json"), (&epss::FORMAT, "csv")] {
        let example = |page: &'static str| {
            let rest = page.split_once(&format!("```{fence}\n")).expect("an example").1;
            rest.split_once("\n```").expect("its end").0
        };
        assert_eq!(example(format.doc.zh), example(format.doc.en), "{:?}", format.kind);
        let kept = statements(format, example(format.doc.zh));
        assert_eq!((kept.statements.len(), kept.rows, kept.rejected.len()), (1, 1, 0), "{:?}: {:?}", format.kind, kept.rejected);
        assert_eq!((kept.statements[0].id.as_str(), kept.statements[0].source), ("CVE-2099-10001", format.kind));
        let days = format.kind.fresh_days();
        assert!(
            format.doc.zh.contains(&format!("每 {days} 天")) && format.doc.en.contains(&format!("{days} days")),
            "{:?}",
            format.kind
        );
    }
}

#[test]
fn what_is_exploited_and_how_likely() {
    let text = r#"{"vulnerabilities":[
      {"cveID":"CVE-2099-1000","vendorProject":"Example","product":"CMS","vulnerabilityName":"Traversal","dateAdded":"2099-01-05","dueDate":"soon",
       "knownRansomwareCampaignUse":"Known","notes":"See: https://example.com/a ; https://example.com/b","cwes":null},{"cveID":"x"}]}"#;
    let kept = statements(&kev::FORMAT, text);
    let [told] = &kept.statements[..] else { panic!("{:?}", kept.rejected) };
    let exploited = told.exploited.as_ref().expect("exploited");
    assert_eq!((exploited.since.is_some(), exploited.due, exploited.ransomware), (true, None, true));
    assert_eq!((told.title.as_str(), told.references.len()), ("Example CMS: Traversal", 2));
    assert_eq!(kept.bad(), [(1, "dueDate", "soon"), (2, "cveID", "x")]);

    let table = "#model_version:v1,score_date:2099-01-05T00:00:00+0000\ncve,epss,percentile\nCVE-2099-1000,0.00042,1.0\nCVE-2099-1001,2,0\nx,0,0\n";
    let kept = statements(&epss::FORMAT, table);
    let likelihood = kept.statements[0].likelihood.expect("a score");
    assert_eq!((likelihood.probability_ppm, likelihood.percentile_ppm, likelihood.day.is_some()), (420, 1_000_000, true));
    assert_eq!((kept.rows, kept.bad()), (3, vec![(4, "epss", "2"), (5, "cve", "x")]));
    assert!(matches!(read(&epss::FORMAT, "x", b"cve;score\n"), Err(SourceError::Unlike { .. })));
}

#[test]
fn damaged_feeds_are_told() {
    let cut = &TREE[..TREE.len() - 200];
    assert!(matches!(read(&nvd::FORMAT, "x", cut.as_bytes()), Err(SourceError::Io { .. })));
    let kept = statements(
        &nvd::FORMAT,
        "{\"cve\":{\"id\":\"CVE-2099-1000\"}}\n{\"cve\":{\"id\":\n{\"cve\":{\"id\":\"CVE-2099-1001\"}}\n",
    );
    assert_eq!((kept.statements.len(), kept.rejected.len()), (2, 1));
    let pages = "{\"vulnerabilities\":[{\"cve\":{\"id\":\"CVE-2099-1000\"}}]}\n{\"vulnerabilities\":[{\"cve\":{\"id\":\"CVE-2099-1001\"}}]}";
    assert_eq!(statements(&nvd::FORMAT, pages).statements.len(), 2);
}

/// The folder of sample data, or `None` with a note.
fn samples() -> Option<PathBuf> {
    let data = std::env::var_os("MINGCHA_SAMPLE_DATA");
    if data.is_none() {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
    }
    data.map(|data| PathBuf::from(data).join("04-cve"))
}

fn load(format: &Format, path: PathBuf) -> Kept {
    let mut kept = Kept::default();
    let at = "2026-11-01T00:00:00Z".parse().expect("a time");
    let mut input = Input::new("sample", at, File::open(path).expect("the sample")).expect("an input");
    (format.read)(&mut input, &mut kept).expect("readable");
    kept
}

/// Statements, rejected ones, those with products, leaves, bad rows.
fn counts(kept: &Kept) -> [usize; 5] {
    let all = &kept.statements;
    [
        all.len(),
        all.iter().filter(|statement| statement.standing == Standing::Rejected).count(),
        all.iter().filter(|statement| !statement.affects.is_empty()).count(),
        all.iter().map(|statement| leaves(&statement.affects).len()).sum(),
        kept.rejected.len(),
    ]
}

#[test]
fn real_years_of_nvd() {
    let Some(data) = samples() else { return };
    for (year, expected) in [("2018", [16_591, 973, 15_617, 68_271, 10]), ("2023", [13_759, 174, 13_355, 98_169, 2])] {
        let kept = load(&nvd::FORMAT, data.join(format!("nvd-2.0-converted/nvdcve-2.0-{year}.json.gz")));
        assert_eq!(counts(&kept), expected, "{year} {:?}", kept.rejected.iter().take(5).collect::<Vec<_>>());
    }
    let old = load(&nvd::FORMAT, data.join("nvd-1.1-original/nvdcve-1.1-2018.json.gz"));
    assert_eq!(counts(&old), [16_591, 973, 15_617, 68_271, 10], "what was converted from it says the same");
    let overrides = load(&nvd::FORMAT, data.join("anchore-nvd-overrides/overrides-2025.jsonl.gz"));
    assert_eq!(counts(&overrides), [7784, 0, 7763, 11_387, 36]);
}

#[test]
fn real_records_of_nvd() {
    let Some(data) = samples() else { return };
    let mut read_records: Vec<Statement> = Vec::new();
    for folder in ["grype", "dependency-track"] {
        let entries = fs::read_dir(data.join("nvd-2.0-real-records").join(folder)).expect("the sample");
        for entry in entries {
            let text = fs::read_to_string(entry.expect("a file").path()).expect("text");
            // Some of the records stand within an envelope of the tool that keeps them.
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let record = value.get("item").unwrap_or(&value).to_string();
            let kept = statements(&nvd::FORMAT, &record);
            assert_eq!((kept.statements.len(), &kept.rejected[..]), (1, &[][..]));
            read_records.extend(kept.statements);
        }
    }
    assert_eq!(read_records.len(), 50);
    let of = |id: &str| read_records.iter().find(|statement| statement.id == id).expect("a record");
    let [Condition::All(together)] = &of("CVE-2022-0543").affects[..] else { panic!("AND") };
    let told: Vec<_> = leaves(together).into_iter().map(spelled).collect();
    assert_eq!(told[0], "cpe:a:redis:redis all");
    assert!(told[1..].iter().all(|leaf| leaf.contains(" with ")), "{told:?}");
    let go = of("CVE-2023-45283");
    let windows =
        leaves(&go.affects).into_iter().filter(|leaf| !leaf.vulnerable).map(|leaf| leaf.product.clone()).collect::<Vec<_>>();
    assert_eq!(windows, [Product::new("cpe:o:microsoft:windows")]);
}

#[test]
fn real_records_of_the_cve_list_kev_and_epss() {
    let Some(data) = samples() else { return };
    let list = load(&cve_list::FORMAT, data.join("cve-json5-vulnrichment/vulnrichment-2024-sample.jsonl.gz"));
    assert_eq!(counts(&list), [3000, 3, 2818, 10028, 0], "{:?}", list.rejected.iter().take(5).collect::<Vec<_>>());
    let pure = list.statements.iter().find(|statement| statement.id == "CVE-2024-0001").expect("a record");
    assert!(
        leaves(&pure.affects)
            .iter()
            .any(|leaf| spelled(leaf) == "cpe:a:purestorage:flasharray >=6.3.0 <=6.3.14 | >=6.4.0 <=6.4.10")
    );
    let kev = load(&kev::FORMAT, data.join("cisa-kev/known_exploited_vulnerabilities.json"));
    assert_eq!(counts(&kev), [1404, 0, 0, 0, 0]);
    assert!(kev.statements.iter().all(|statement| statement.exploited.as_ref().is_some_and(|told| told.since.is_some())));
    let epss = load(&epss::FORMAT, data.join("epss/epss_scores-2023-08-27.reserialised.csv.gz"));
    assert_eq!(counts(&epss), [98_113, 0, 0, 0, 0]);
    assert!(epss.statements.iter().all(|statement| statement.likelihood.is_some_and(|told| told.day.is_some())));
}

#[test]
fn orders_of_versions_are_those_told() {
    let product = r#"{"vendor":"v","product":"p","versions":[{"version":"1.0","status":"affected","lessThan":"2.0","versionType":"maven"}]}"#;
    let record = format!(r#"{{"cveMetadata":{{"cveId":"CVE-2099-10001"}},"containers":{{"cna":{{"affected":[{product}]}}}}}}"#);
    let kept = statements(&cve_list::FORMAT, &record);
    assert_eq!(leaves(&kept.statements[0].affects)[0].versions.ordering, Ordering::Maven);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_deliveries_never_panic(at in 0_usize..5_000, bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        let mut file = TREE.as_bytes().to_vec();
        let end = (at + bytes.len()).min(file.len());
        file.splice(at.min(end)..end, bytes.iter().copied());
        for format in [&nvd::FORMAT, &cve_list::FORMAT, &kev::FORMAT, &epss::FORMAT] as [&Format; 4] {
            let _ = (read(format, "x", &file), read(format, "x", &bytes));
        }
    }
}
