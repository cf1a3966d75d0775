//! Old npm packages on pages: each as the pages of this world name, hide and bundle their scripts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A package as `npm/package.json` installs it.
pub struct Library {
    /// Its folder below `node_modules`, which is not always its name: of jQuery there are several.
    folder: &'static str,
    /// How the product calls it.
    pub name: &'static str,
    /// Its entry in the repository of retire.js.
    pub entry: &'static str,
    /// What browsers load, in its folder.
    file: &'static str,
}

const fn library(folder: &'static str, name: &'static str, entry: &'static str, file: &'static str) -> Library {
    Library { folder, name, entry, file }
}

pub const LIBRARIES: [Library; 22] = [
    library("angular", "AngularJS", "angularjs", "angular.min.js"),
    library("axios", "axios", "axios", "dist/axios.min.js"),
    library("backbone", "Backbone.js", "backbone.js", "backbone-min.js"),
    library("bootstrap", "Bootstrap", "bootstrap", "dist/js/bootstrap.min.js"),
    library("dompurify", "DOMPurify", "DOMPurify", "dist/purify.min.js"),
    library("handlebars", "Handlebars", "handlebars", "dist/handlebars.min.js"),
    library("jquery", "jQuery", "jquery", "dist/jquery.min.js"),
    library("jquery1", "jQuery", "jquery", "dist/jquery.min.js"),
    library("jquery2", "jQuery", "jquery", "dist/jquery.min.js"),
    library("jquery-migrate", "jQuery Migrate", "jquery-migrate", "dist/jquery-migrate.min.js"),
    library("jquery-validation", "jQuery Validation", "jquery-validation", "dist/jquery.validate.min.js"),
    library("jszip", "jsZip", "jszip", "dist/jszip.min.js"),
    library("knockout", "Knockout", "knockout", "build/output/knockout-latest.js"),
    library("lodash", "Lodash", "lodash", "lodash.min.js"),
    library("marked", "Marked", "marked", "marked.min.js"),
    library("moment", "Moment.js", "moment.js", "min/moment.min.js"),
    library("mustache", "Mustache.js", "mustache.js", "mustache.min.js"),
    library("react", "React", "react", "umd/react.production.min.js"),
    library("react-dom", "React DOM", "react-dom", "umd/react-dom.production.min.js"),
    library("select2", "select2", "select2", "dist/js/select2.min.js"),
    library("underscore", "Underscore.js", "underscore.js", "underscore-min.js"),
    library("vue", "Vue.js", "vue", "dist/vue.min.js"),
];

/// Where `make install-test` puts the packages.
pub fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
    assert!(folder.join("node_modules").is_dir(), "no packages in {}: make install-test", folder.display());
    folder
}

impl Library {
    fn path(&self, file: &str) -> PathBuf {
        installed().join("node_modules").join(self.folder).join(file)
    }

    fn package(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("package.json")).unwrap()).unwrap()
    }

    /// Its version, as its author states it.
    pub fn version(&self) -> String {
        self.package()["version"].as_str().unwrap().to_owned()
    }

    /// Its package URL without the version.
    pub fn purl(&self) -> String {
        format!("pkg:npm/{}", self.package()["name"].as_str().unwrap())
    }

    /// The script, without the reference to a map of its source.
    fn script(&self) -> String {
        let text = std::fs::read_to_string(self.path(self.file)).unwrap();
        text.lines().filter(|line| !line.starts_with("//# sourceMappingURL")).map(|line| format!("{line}\n")).collect()
    }
}

/// How a page brings its libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Each in a file whose name tells library and version, with nothing in it.
    Named,
    /// Each in a file of any name.
    Renamed,
    /// Each in the page itself.
    Inline,
    /// Each in a file of any name, without comments.
    Bare,
    /// All in one file.
    Bundled,
}

impl Way {
    pub const ALL: [Self; 5] = [Self::Named, Self::Renamed, Self::Inline, Self::Bare, Self::Bundled];

    pub fn host(self) -> &'static str {
        match self {
            Self::Named => "www.zhuming.gov.cn",
            Self::Renamed => "www.gaiming.gov.cn",
            Self::Inline => "www.neiqian.gov.cn",
            Self::Bare => "www.quzhu.gov.cn",
            Self::Bundled => "www.dabao.gov.cn",
        }
    }

    /// Libraries of whose version this way leaves no sign that the published detectors know: the minified files of the first three do not
    /// tell it in words, those of the others in their banners alone.
    fn untold(self) -> &'static [&'static str] {
        const UNTOLD: [&str; 11] = [
            "lodash",
            "marked",
            "react",
            "axios",
            "handlebars",
            "jquery-validation",
            "jszip",
            "knockout",
            "select2",
            "underscore",
            "vue",
        ];
        match self {
            Self::Named => &[],
            Self::Renamed | Self::Inline | Self::Bundled => UNTOLD.split_at(3).0,
            Self::Bare => &UNTOLD,
        }
    }

    /// How sure a match is: a name says what the file once was.
    pub fn certainty(self) -> &'static str {
        if self == Self::Named { "likely" } else { "certain" }
    }

    /// What is to be found.
    pub fn expected(self) -> impl Iterator<Item = &'static Library> {
        LIBRARIES.iter().filter(move |library| !self.untold().contains(&library.folder))
    }

    /// Writes page and scripts below `root`.
    pub fn write(self, root: &Path) {
        std::fs::create_dir_all(root.join("js")).unwrap();
        let mut tags = String::new();
        let mut file = |name: String, text: &str| {
            std::fs::write(root.join("js").join(&name), text).unwrap();
            let _ = writeln!(tags, "<script src=\"/js/{name}\"></script>");
        };
        match self {
            Self::Named => LIBRARIES.iter().for_each(|library| {
                let name = library.purl();
                let name = name.trim_start_matches("pkg:npm/");
                file(format!("{name}-{}.min.js", library.version()), "window.ready=1;\n");
            }),
            Self::Renamed => {
                LIBRARIES.iter().enumerate().for_each(|(number, library)| file(format!("{number}.js"), &library.script()));
            }
            Self::Bare => LIBRARIES
                .iter()
                .enumerate()
                .for_each(|(number, library)| file(format!("{number}.js"), without_banner(&library.script()))),
            Self::Bundled => file("app.js".into(), &LIBRARIES.iter().map(Library::script).collect::<String>()),
            Self::Inline => {
                for library in &LIBRARIES {
                    let _ = writeln!(tags, "<script>{}</script>", library.script().replace("</script", "<\\/script"));
                }
            }
        }
        std::fs::write(root.join("index.html"), super::page("前端组件", &tags)).unwrap();
    }
}

/// A script without the comments at its beginning, as minifiers leave it that keep none.
fn without_banner(script: &str) -> &str {
    let mut rest = script.trim_start();
    loop {
        let after = if rest.starts_with("/*") {
            rest.split_once("*/")
        } else if rest.starts_with("//") {
            rest.split_once('\n')
        } else {
            None
        };
        match after {
            Some((_, after)) => rest = after.trim_start_matches([' ', '\t', '\r', '\n', ';']),
            None => return rest,
        }
    }
}
