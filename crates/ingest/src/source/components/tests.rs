//! Bills of materials and end-of-life data, as their tools and sites write them.

use std::path::PathBuf;
use std::process::Command;

use model::ledger::attribute::Attribute;
use model::ledger::entity::{EntityId, EntityKind};
use proptest::prelude::*;

use super::*;
use crate::source::input::Input;
use crate::source::testing::{Kept, read};
use crate::source::{Format, SourceError};

const CDX_JSON: &[u8] = include_bytes!("samples/npm-1.6.cdx.json");
const CDX_XML: &[u8] = include_bytes!("samples/npm-1.6.cdx.xml");
const COUNT: u64 = 50;
const SPDX: &[u8] = include_bytes!("samples/npm.spdx.json");

/// Reads a bill of a given application.
fn about(bytes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    let mut input = Input::new("x.json", "2026-11-01T00:00:00Z".parse().expect("a time"), bytes).expect("an input");
    input.about = Some(EntityId::new(EntityKind::Site, "www.x.gov.cn"));
    (sbom::FORMAT.read)(&mut input, &mut kept).expect("a bill");
    kept
}

#[test]
fn real_bills_in_all_forms_name_the_same_components() {
    let names = |kept: &Kept| {
        let mut names: Vec<String> = kept.claims.iter().map(|claim| claim.entity.key.clone()).collect();
        names.sort();
        names
    };
    let (json, xml, spdx) = (about(CDX_JSON), about(CDX_XML), about(SPDX));
    assert_eq!((json.rows, json.claims.len(), json.rejected.len()), (COUNT, COUNT as usize, 0));
    assert_eq!(json.claims, xml.claims, "JSON and XML of one bill say the same");
    assert_eq!(names(&json), names(&spdx));

    let axios = "component:site:www.x.gov.cn#pkg:npm/axios@1.7.9";
    for kept in [&json, &xml, &spdx] {
        assert_eq!(kept.said(axios, Attribute::Name), Some("axios"));
        assert_eq!(kept.said(axios, Attribute::Version), Some("1.7.9"));
        assert_eq!(kept.said(axios, Attribute::Licence), Some("MIT"));
    }
    // Of the three only SPDX has hashes here.
    assert!(spdx.said(axios, Attribute::Hash).is_some_and(|hash| hash.starts_with("sha512:2e12dc13") && hash.len() == 7 + 128));
    let scoped = "component:site:www.x.gov.cn#pkg:npm/%40vue/shared@3.5.13";
    assert_eq!(json.said(scoped, Attribute::Name), Some("@vue/shared"));
}

#[test]
fn the_application_is_told_by_the_bill_or_by_the_file() {
    let first = |bytes: &[u8]| read(&sbom::FORMAT, "bills/oa.cdx.json", bytes).expect("a bill").claims[0].entity.key.clone();
    assert!(first(CDX_JSON).starts_with("pkg:npm/example-portal@1.0.0#"), "{}", first(CDX_JSON));
    let bare = br#"{"bomFormat":"CycloneDX","specVersion":"1.4","components":[{"type":"library","name":"a","version":"1"}]}"#;
    assert_eq!(first(bare), "oa#a@1");
    let nulls = br#"{"bomFormat":"CycloneDX","metadata":null,"components":[{"name":"a","version":null,"purl":null,"hashes":null,"licenses":null}]}"#;
    assert_eq!(first(nulls), "oa#a");
}

#[test]
fn components_within_components_count_and_tools_do_not() {
    let xml = br#"<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><metadata><tools><components><component><name>tool</name></component></components></tools>
        <component><name>app</name></component></metadata><components><component><group>g</group><name>a</name><version>1</version>
        <licenses><license><id>MIT</id></license><license><name>Own</name></license></licenses>
        <pedigree><ancestors><component><name>old</name></component></ancestors></pedigree>
        <components><component><name>b</name><externalReferences><reference><hashes><hash alg="SHA-512">BB</hash></hashes></reference></externalReferences><hashes><hash alg="MD5">00</hash><hash alg="SHA-256">AA</hash></hashes></component></components>
        </component><component><version>3</version></component></components></bom>"#;
    let kept = read(&sbom::FORMAT, "x.xml", xml).expect("a bill");
    assert_eq!(
        kept.lines(),
        ["1 component:app#g/a@1 name=g/a version=1 licence=MIT;Own", "2 component:app#b name=b hash=sha256:aa"]
    );
    assert_eq!(kept.bad(), [(3, "name", "")]);
}

#[test]
fn bills_that_are_none() {
    let bad = |bytes: &[u8]| read(&sbom::FORMAT, "x", bytes).expect_err("no bill");
    assert!(matches!(bad(br#"{"bomFormat":"Other"}"#), SourceError::Unlike { .. }));
    assert!(matches!(bad(br#"{"spdxVersion":"SPDX-3.0"}"#), SourceError::Unlike { .. }));
    assert!(matches!(bad(br#"{"bomFormat":"CycloneDX","components":7}"#), SourceError::Unlike { .. }));
    assert!(matches!(bad(&CDX_JSON[..5000]), SourceError::Io { .. }));
    assert!(matches!(bad(&CDX_XML[..5000]), SourceError::Io { .. }));
    assert!(matches!(bad(b"<bom><!DOCTYPE a [<!ENTITY b 'c'>]></bom>"), SourceError::Unlike { .. }));
    assert!(matches!(bad(b"<other/>"), SourceError::Unlike { .. }));
    let deep =
        format!("{{\"bomFormat\":\"CycloneDX\",\"components\":{}", "[{\"components\":".repeat(5000)) + &"}]".repeat(5000) + "}";
    assert!(matches!(bad(deep.as_bytes()), SourceError::Unlike { .. }));
    let nested = format!("<bom>{}", "<components><component>".repeat(300));
    assert!(matches!(bad(nested.as_bytes()), SourceError::TooLarge { .. }));
}

#[test]
fn answers_of_endoflife_date() {
    let page = b"---\ntitle: nginx\npermalink: /nginx\nidentifiers:\n  - purl: pkg:generic/nginx\n  - cpe: cpe:2.3:a:f5:nginx\nreleases:\n  \
        - releaseCycle: \"1.31\"\n    releaseDate: 2026-05-13\n    eol: false\n    link: https://nginx.org/en/CHANGES\n    latest: \"1.31.4\"\n  \
        - releaseCycle: \"1.29\"\n    eol: 2026-05-13\n  - releaseCycle: \"0.1\"\n    eol: soon\n---\n> text\n";
    let kept = read(&eol::FORMAT, "nginx.md", page).expect("a page");
    let product = "purl=pkg:generic/nginx cpe=cpe:2.3:a:f5:nginx";
    assert_eq!(kept.claims[0].entity.to_string(), "cycle:nginx/1.31");
    let said = |entity: &str, attribute| kept.said(entity, attribute).map(str::to_owned);
    assert_eq!(said("cycle:nginx/1.31", Attribute::SupportEnds).as_deref(), Some("no"));
    assert_eq!(said("cycle:nginx/1.31", Attribute::IssuedOn).as_deref(), Some("2026-05-13"));
    assert_eq!(said("cycle:nginx/1.31", Attribute::Latest).as_deref(), Some("1.31.4"));
    assert_eq!(said("cycle:nginx/1.29", Attribute::SupportEnds).as_deref(), Some("2026-05-13"));
    assert!(kept.lines()[0].contains(product), "{:?}", kept.lines());
    assert_eq!((kept.rows, kept.bad()), (3, vec![(1, "support_ends", "soon")]));

    let product = br#"{"schema_version":"1.2.0","result":{"name":"nginx","label":"nginx","identifiers":[{"id":"cpe:2.3:a:f5:nginx","type":"cpe"}],
        "releases":[{"name":"1.29","releaseDate":"2025-06-24","isEol":true,"eolFrom":"2026-05-13","latest":{"name":"1.29.8","link":null}}]}}"#;
    let all =
        br#"{"total":1,"result":[{"name":"nginx","label":"nginx","releases":[{"name":"1.29","isEol":false,"latest":null}]}]}"#;
    let cycles = br#"[{"cycle":"1.29","releaseDate":"2025-06-24","eol":"2026-05-13","latest":"1.29.8","lts":false},{"cycle":"1.28","eol":true}]"#;
    let data = br#"{"releases":{"1.29":{"name":"1.29","eol":"2026-05-13"}},"versions":{"1.29.8":{"name":"1.29.8","date":"2026-04-07"}}}"#;
    for (bytes, ends) in [(&product[..], "2026-05-13"), (all, "no"), (cycles, "2026-05-13"), (data, "2026-05-13")] {
        let kept = read(&eol::FORMAT, "feeds/nginx.json", bytes).expect("an answer");
        assert_eq!(kept.said("cycle:nginx/1.29", Attribute::SupportEnds), Some(ends), "{:?}", kept.rejected);
    }
    assert!(matches!(read(&eol::FORMAT, "x", b"hello"), Err(SourceError::Unlike { .. })));
}

/// All of a real archive; the bytes are those of `xz -dc`.
#[test]
fn the_real_repository() {
    let Some(data) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    let packed = PathBuf::from(data).join("05-eol/endoflife-products-md.tar.xz");
    let archive = Command::new("xz").arg("-dc").arg(packed).output().expect("xz").stdout;
    let kept = read(&eol::FORMAT, "endoflife.tar", &archive).expect("an archive");
    assert_eq!((kept.rows, kept.claims.len(), kept.rejected.len()), (8351, 8351, 0), "{:?}", kept.rejected);
    let products: std::collections::BTreeSet<_> = kept.claims.iter().map(|claim| claim.line).collect();
    assert_eq!(products.len(), 464);
    assert!(matches!(read(&eol::FORMAT, "endoflife.tar", &archive[..2_000_100]), Err(SourceError::Io { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_deliveries_never_panic(at in 0_usize..20_000, bytes in prop::collection::vec(any::<u8>(), 0..20), which in 0_usize..3) {
        let mut file = [CDX_JSON, CDX_XML, SPDX][which].to_vec();
        file.truncate(20_000);
        let end = (at + bytes.len()).min(file.len());
        file.splice(at.min(end)..end, bytes.iter().copied());
        for format in [&sbom::FORMAT, &eol::FORMAT] as [&Format; 2] {
            let _ = (read(format, "x", &file), read(format, "x", &bytes));
        }
    }
}
