//! Detectors on a repository of our own, and on the published one.

use model::advisory::Channel;
use model::facts::scripts::Library;
use proptest::prelude::*;

use super::*;

/// A repository with every kind of extractor, and what cannot be used.
const OURS: &str = r#"{
    "quux": {"npmname": "quux-js", "vulnerabilities": [], "extractors": {
        "func": ["quux.VERSION"], "ast": ["//x"],
        "filename": ["quux-(§§version§§)(.min)?\\.js"], "uri": ["/(§§version§§)/quux(\\.min)?\\.js"],
        "filecontent": ["/\\*!? Quux v(§§version§§)", "quuxVersion=\"(§§version§§)\"[\\s\\S]*isQuux", "(", "a{900}{900}"],
        "filecontentreplace": ["/quuxMajor:([0-9]+),quuxMinor:([0-9.]+)/$1.$2/", "none"],
        "hashes": {"2c7a8df5dc3b5a1b2d1ae9ac17f77b2e1a06ba83": "0.0.9", "12": "0.0.1"}}},
    "twice": {"extractors": {"filecontent": ["=\"(§§version§§)\",.{5,30}(.)\\.fn=(\\2)\\.twice"]}},
    "behind": {"extractors": {"filecontent": ["=\"(§§version§§)(?<=[0-9]{1,2}\\.[0-9]{1,2})\"[\\s\\S]{1,300}__behind__"]}},
    "broken": {"extractors": {"filecontent": 7}},
    "polyfilled.example": [{"summary": "x", "severity": "high", "extractors": ["^https://[a-z.]*polyfilled\\.example/"], "info": []}],
    "dont check": {"extractors": {"uri": ["^https?://stats\\.example/"]}}
}"#;

fn ours() -> Detectors {
    Detectors::from_repository(OURS.as_bytes()).expect("a repository")
}

/// What was found, as `name version channel`.
fn brief(libraries: &[Library]) -> Vec<String> {
    libraries.iter().map(|library| format!("{} {} {:?}", library.name, library.version, library.by)).collect()
}

#[test]
fn what_cannot_be_used_is_counted() {
    let detectors = ours();
    let counts = detectors.counts();
    assert_eq!((counts.libraries, counts.patterns, counts.hashes, counts.left_out), (5, 9, 1, 2));
    let skipped: Vec<_> = counts.skipped.iter().map(|skipped| (&*skipped.library, &*skipped.pattern)).collect();
    assert_eq!(skipped, [("broken", ""), ("quux", "("), ("quux", "a{900}{900}"), ("quux", "none"), ("quux", "12")]);
    assert!(detectors.edition().starts_with("retire.js ") && detectors.edition().ends_with(", 5 libraries"));
    assert!(matches!(Detectors::from_repository(b"{}"), Err(NotARepository::Empty)));
    assert!(matches!(Detectors::from_repository(b"[1]"), Err(NotARepository::Json(_))));
}

#[test]
fn addresses_tell_by_path_and_by_file_name() {
    let detectors = ours();
    let at = |url: &str| brief(&detectors.read(url, None));
    assert_eq!(at("https://cdn.example/1.2.3/quux.min.js"), ["quux 1.2.3 FileName"]);
    assert_eq!(at("/js/quux-1.2.3.min.js?v=7#x"), ["quux 1.2.3 FileName"]);
    assert_eq!(at("/js/myquux-1.2.3.js"), [""; 0]);
    assert_eq!(at("https://cdn.polyfilled.example/v3.js"), ["polyfilled.example  FileName"]);
    assert_eq!(at("https://stats.example/1.2.3/quux.js"), [""; 0], "it is never to be looked at");
}

#[test]
fn contents_tell_and_outrank_addresses() {
    let detectors = ours();
    let of = |body: &str| brief(&detectors.read("/quux-1.0.0.js", Some(body.as_bytes())));
    assert_eq!(of("/*! Quux v2.0.1 | (c) */"), ["quux 2.0.1 Content"]);
    assert_eq!(of("x={quuxMajor:3,quuxMinor:4.5}"), ["quux 3.4.5 Content"]);
    assert_eq!(of(&format!("quuxVersion=\"1.1\";{}isQuux", "x".repeat(100_000))), ["quux 1.1 Content"]);
    assert_eq!(of("nothing"), ["quux 1.0.0 FileName"]);
    assert_eq!(
        of("/*! Quux v2.0.1.min */ /*! Quux v2.1.0. And */"),
        ["quux 2.0.1 Content", "quux 2.1.0 Content"],
        "a bundle may hold two"
    );
}

#[test]
fn digests_are_of_plain_lines_and_surest() {
    let text = "quux\nquuxVersion=\"9.9\" isQuux\n";
    let digits: String = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let written = OURS.replace("2c7a8df5dc3b5a1b2d1ae9ac17f77b2e1a06ba83", &digits);
    let detectors = Detectors::from_repository(written.as_bytes()).expect("a repository");
    for body in [text.to_owned(), text.replace('\n', "\r\n")] {
        assert_eq!(brief(&detectors.inline(&body)), ["quux 0.0.9 Digest", "quux 9.9 Content"]);
    }
}

#[test]
fn look_around_and_back_references_are_honoured() {
    let detectors = ours();
    assert_eq!(brief(&detectors.inline("a=\"1.2\",xxxxxxe.fn=e.twice")), ["twice 1.2 Content"]);
    assert_eq!(brief(&detectors.inline("a=\"1.2\",xxxxxxe.fn=t.twice")), [""; 0]);
    assert_eq!(brief(&detectors.inline("a=\"1.22\"; __behind__")), ["behind 1.22 Content"]);
    assert_eq!(brief(&detectors.inline("a=\"122\"; __behind__")), [""; 0]);
}

#[test]
fn what_is_kept_is_short_and_clean() {
    let detectors = ours();
    let long = format!("/* Quux v1{}", ".2".repeat(50));
    assert_eq!(detectors.inline(&long), []);
    let found = detectors.inline(&format!("quuxVersion=\"1.1\"\u{1b}[2J\n{}isQuux", "一".repeat(5000)));
    assert_eq!((found[0].matched.chars().count(), found[0].matched.starts_with("quuxVersion=\"1.1\" [2J 一")), (120, true));
    let many: String = (0..1000).map(|number| format!("/* Quux v1.{number} */")).collect();
    assert!(detectors.inline(&many).len() <= 200);
}

#[test]
fn a_hostile_script_takes_bounded_work() {
    let detectors = ours();
    for piece in ["=\"1.1\",", "quuxVersion=\"1", ".fn=e.twice", "__behind__=\"1.1", "/* Quux v1.1"] {
        let body = piece.repeat(LARGEST_BODY / piece.len() + 10);
        let _ = detectors.read("/quux-1.js", Some(body.as_bytes()));
    }
    assert_eq!(brief(&detectors.inline(&format!("{}/* Quux v1.1", "x".repeat(LARGEST_BODY)))), [""; 0]);
}

/// The published repositories compile whole, and tell banners as libraries carry them.
#[test]
fn the_published_repository() {
    let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    for (file, libraries, patterns, hashes, left_out) in [
        ("jsrepository-v4.json", 76, 336, 18, 115),
        ("jsrepository-v6.json", 76, 336, 18, 115),
        ("jsrepository-backdoored.json", 1, 13, 0, 0),
    ] {
        let path = std::path::Path::new(&folder).join("03-retirejs").join(file);
        #[expect(clippy::disallowed_methods, reason = "a test reads the sample data")]
        let bytes = std::fs::read(path).expect(file);
        let detectors = Detectors::from_repository(&bytes).expect(file);
        let counts = detectors.counts();
        assert_eq!(counts.skipped, [], "{file}");
        assert_eq!((counts.libraries, counts.patterns, counts.hashes, counts.left_out), (libraries, patterns, hashes, left_out));
        if libraries > 1 {
            banners(&detectors);
        } else {
            let found = detectors.read("https://cdn.polyfill.io/v3/polyfill.min.js", None);
            assert_eq!(brief(&found), ["polyfill.io  FileName"]);
        }
    }
}

/// Lines in the manner of published files, each with the library that it tells.
fn banners(detectors: &Detectors) {
    for (text, library, version) in [
        ("/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */", "jquery", "1.12.4"),
        ("/*!\n * jQuery JavaScript Library v3.4.1\n * https://jquery.com/", "jquery", "3.4.1"),
        (
            "x=e.jQuery;var a=\"3.1.0\",b=function(a,b){return new b.fn.init(a,b)},cc=1,dd=2,ee=3;r.fn=r.prototype={jquery:q",
            "jquery",
            "3.1.0",
        ),
        ("/*!\n * Bootstrap v4.3.1 (https://getbootstrap.com/)", "bootstrap", "4.3.1"),
        ("/*!\n * Vue.js v2.6.10\n * (c) 2014-2019 Evan You", "vue", "2.6.10"),
        ("/*\n AngularJS v1.5.8\n (c) 2010-2016 Google, Inc.", "angularjs", "1.5.8"),
        ("//! moment.js\n//! version : 2.18.1\n//! authors", "moment.js", "2.18.1"),
        ("/*! @license DOMPurify 2.0.7 | (c) Cure53", "DOMPurify", "2.0.7"),
        ("//     Underscore.js 1.8.3\n//     http://underscorejs.org", "underscore.js", "1.8.3"),
        ("dojo.version={major:1,minor:9,patch:1}", "dojo", "1.9.1"),
    ] {
        let found = detectors.inline(text);
        assert!(found.iter().any(|found| found.name == library && found.version == version), "{text}: {found:?}");
        let windows = detectors.inline(&text.replace('\n', "\r\n"));
        assert_eq!(brief(&windows), brief(&found), "{text}");
    }
    for (address, library, version) in [
        ("https://cdn.example/ajax/libs/tinymce/5.4.0/tinymce.min.js", "tinyMCE", "5.4.0"),
        ("https://cdn.example/ajax/libs/ember.js/3.1.0/ember.prod.min.js", "ember", "3.1.0"),
        ("https://cdn.example/npm/vue@2.7.6", "vue", "2.7.6"),
        ("https://cdn.example/npm/jquery-validation@1.19.5/dist/jquery.validate.js", "jquery-validation", "1.19.5"),
        ("/static/knockout/3.0.0/knockout-min.js", "knockout", "3.0.0"),
        ("/static/js/jquery-migrate-1.4.1.min.js?v=3", "jquery-migrate", "1.4.1"),
    ] {
        let found = brief(&detectors.read(address, None));
        assert_eq!(found, [format!("{library} {version} FileName")], "{address}");
    }
    let found = detectors.read("https://code.example/jquery-1.12.4.min.js", None);
    assert_eq!((&*found[0].name, found[0].npm.as_deref(), &*found[0].version), ("jquery", Some("jquery"), "1.12.4"));
}

proptest! {
    /// Looking only around literals finds what looking everywhere does.
    #[test]
    fn stretches_lose_nothing(pieces in proptest::collection::vec(
        "(\\*! Quux v|/\\* Quux v1\\.2|quuxVersion=\"1\\.1\"|isQuux|=\"1\\.1\",|xxxxxe\\.fn=e\\.twice|__behind__|=\"1\\.22\"|\n|一|[ -~]{0,40})", 0..30)
    ) {
        let text = pieces.concat();
        let detectors = ours();
        let mut everywhere = Found::default();
        for pattern in &detectors.contents {
            pattern.find(&text, 0..text.len(), &mut |version, matched| {
                everywhere.add(pattern.library, version, Channel::Content, matched);
            });
        }
        prop_assert_eq!(detectors.inline(&text), everywhere.libraries(&detectors.libraries));
    }

    #[test]
    fn nothing_makes_it_panic(repository in "\\PC{0,60}", pattern in "(\\(|\\)|\\[|\\]|\\{|\\}|\\\\|[0-9]|\\?|[a-z]|<|=|!|\\||§§version§§|\\PC){0,20}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Detectors::from_repository(repository.as_bytes());
        let written = serde_json::json!({"x": {"extractors": {"filecontent": [pattern], "uri": [pattern], "filename": [pattern],
            "filecontentreplace": [format!("/{pattern}/$1.$9/")]}}});
        if let Ok(detectors) = Detectors::from_repository(written.to_string().as_bytes()) {
            for library in detectors.read(&pattern, Some(&body)) {
                prop_assert!(library.matched.chars().count() <= 120 && !library.matched.chars().any(char::is_control));
            }
        }
    }
}
