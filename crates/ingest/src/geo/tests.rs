//! Sources out of files: every format, and every way in which a file is of no use.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use model::facts::hosting::Region;

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Paths {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        Paths::One(path)
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn error(settings: &Settings) -> String {
    let error = load(settings).map(|_| ()).expect_err("of no use");
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

#[test]
fn settings_take_a_path_or_several() {
    let settings: Settings =
        toml::from_str("country_db = \"a.mmdb\"\nasn_db = [\"v4.csv.gz\", \"v6.csv.gz\"]").expect("settings");
    assert_eq!(settings.country_db.all(), [PathBuf::from("a.mmdb")]);
    assert_eq!(settings.asn_db.all().len(), 2);
    assert!(settings.providers.all().is_empty());
    assert!(toml::from_str::<Settings>("city_db = \"a\"").is_err());
    assert_eq!(toml::from_str::<Settings>(&toml::to_string(&settings).expect("toml")).expect("settings"), settings);
}

#[test]
fn nothing_named_is_an_atlas_without_sources() {
    let (atlas, skipped) = load(&Settings::default()).expect("an atlas");
    assert!(atlas.sources().is_empty() && skipped.is_empty());
}

#[test]
fn tables_packed_or_not_and_lists_together() {
    let folder = Folder::new();
    let settings = Settings {
        country_db: folder.file("country.csv", b"198.18.1.0,198.18.1.255,CN\n198.18.2.0,198.18.2.255,HK\nbad\n"),
        asn_db: folder.file("asn.csv.gz", &packed(b"198.18.1.0,198.18.1.255,64500,\"Example, Inc.\"\n")),
        providers: folder.file("providers.json", br#"{"cdn": {"Example CDN": ["198.18.1.128/25"]}}"#),
    };
    let (atlas, skipped) = load(&settings).expect("an atlas");
    assert_eq!(skipped.iter().map(ToString::to_string).collect::<Vec<_>>().len(), 1);
    assert!(skipped[0].to_string().starts_with("country.csv: 1 rows are left out, the first at line 3: "), "{}", skipped[0]);
    let found = atlas.address("198.18.1.200".parse().expect("an address"));
    assert_eq!((found.region, found.networks[0].asn, found.anycast), (Region::Mainland, 64500, true));
    assert_eq!(found.networks[0].organisation, "Example, Inc.");
    assert_eq!(atlas.address("198.18.2.1".parse().expect("an address")).region, Region::HongKongMacaoTaiwan);
    assert_eq!(atlas.sources().len(), 3);
    assert!(atlas.sources()[0].starts_with("country.csv (sha256 "), "{}", atlas.sources()[0]);
}

#[test]
fn sources_of_one_name_are_told_apart() {
    let folder = Folder::new();
    let several: Vec<PathBuf> = [("a/c.csv", "CN"), ("b/c.csv", "US")]
        .iter()
        .flat_map(|(name, code)| folder.file(name, format!("198.18.1.0/24,{code}\n").as_bytes()).all().to_vec())
        .collect();
    let (atlas, _) = load(&Settings { country_db: Paths::Several(several), ..Settings::default() }).expect("an atlas");
    let found = atlas.address("198.18.1.1".parse().expect("an address"));
    assert_eq!(found.region, Region::Disputed);
    let claims: Vec<_> = found.countries.iter().map(|claim| (claim.source.as_str(), claim.value.as_str())).collect();
    assert_eq!(claims, [("c.csv", "CN"), ("c.csv #2", "US")]);
}

#[test]
fn files_of_no_use_are_named_with_the_reason() {
    let folder = Folder::new();
    let country = |paths| error(&Settings { country_db: paths, ..Settings::default() });
    assert!(country(Paths::One("missing/a.mmdb".into())).starts_with("cannot read missing/a.mmdb: "));
    assert!(country(folder.file("empty.csv", b"")).ends_with("empty.csv is empty"));
    assert!(country(folder.file("asn.csv", b"1.0.0.0,1.0.0.9,13335,Org\n")).contains("asn.csv has no usable row; line 1: "));
    let cut = &packed(&b"198.18.1.0/24,CN\n".repeat(200))[..20];
    assert!(country(folder.file("cut.csv.gz", cut)).contains("cut.csv.gz: "));
    let providers = |bytes| error(&Settings { providers: folder.file("list.json", bytes), ..Settings::default() });
    assert!(providers(b"{\"cdn\": [").contains("list.json is no list of providers: "));
    assert!(providers(b"{\"cdn\": {\"x\": [\"1.2.3.4/99\"]}}").contains("has no usable row; cdn/x/1: the range is none"));
}

/// Databases cut anywhere, of another type, and with bits turned over.
#[test]
fn real_databases() {
    let Some(data) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    let folder = PathBuf::from(data).join("01-geoip/maxmind-test/test-data");
    let (country, asn) = (folder.join("GeoIP2-Country-Test.mmdb"), folder.join("GeoLite2-ASN-Test.mmdb"));
    let settings = |country_db: &Path, asn_db: &Path| Settings {
        country_db: Paths::One(country_db.into()),
        asn_db: Paths::One(asn_db.into()),
        providers: Paths::default(),
    };
    let (atlas, _) = load(&settings(&country, &asn)).expect("an atlas");
    assert_eq!(atlas.sources().len(), 2);
    let swapped = error(&settings(&asn, &country));
    assert!(swapped.contains("is a database of type \"GeoLite2-ASN\", whose records have no country"), "{swapped}");
    let bytes = std::fs::read(&country).expect("a file");
    let own = Folder::new();
    let cut = own.file("cut.mmdb", &bytes[..bytes.len() / 2]);
    let cut = error(&Settings { country_db: cut, ..Settings::default() });
    assert!(cut.contains("cut.mmdb is neither a MaxMind database nor text; if it was one, it is cut off"), "{cut}");
    let hollow = own.file("hollow.mmdb", &bytes[bytes.len() / 2..]);
    let hollow = error(&Settings { country_db: hollow, ..Settings::default() });
    assert!(hollow.contains("hollow.mmdb is a MaxMind database that is damaged or cut off: "), "{hollow}");
}
