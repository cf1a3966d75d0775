//! Spellings of products: CPE names, package URLs and plain names, each folded so that one product is written one way.
//!
//! Invariant: whatever comes in is bounded and a name that means no product is an error that says why.

use std::str::FromStr;

use model::advisory::{Ordering, Product};
use model::plain_name;
use packageurl::PackageUrl;

/// The longest CPE name or package URL that is read, in bytes.
const LONGEST: usize = 2000;
/// The longest plain name that is kept, in characters.
const LONGEST_NAME: usize = 100;

/// A CPE name (NIST IR 7695) taken apart, values unescaped and in lower case.
///
/// The splitter is our own: the crate `cpe` reads `wfn:[…]` and 2.2 URIs, but not the formatted strings of 2.3, and those are what NVD writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpe {
    /// Part, vendor and product.
    pub product: Product,
    /// Version.
    pub version: Field,
    /// Update: `sp1`, `rc2`.
    pub update: Field,
    /// Edition of CPE 2.2.
    pub edition: Field,
    /// Language.
    pub language: Field,
    /// Edition of the software.
    pub sw_edition: Field,
    /// What it runs on or in: `wordpress`, `node.js`, `windows`.
    pub target_sw: Field,
    /// Architecture.
    pub target_hw: Field,
    /// Anything else.
    pub other: Field,
}

/// A value of a CPE name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// Any value: `*`, or not written.
    #[default]
    Any,
    /// There is none: `-`.
    None,
    /// This one.
    Is(String),
}

impl Field {
    /// The value, where there is one.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Is(value) => Some(value),
            Self::Any | Self::None => None,
        }
    }
}

impl Cpe {
    /// Version and update as one text, `7.4-p1`; `None` where the name is of any version or of none.
    pub fn full_version(&self) -> Option<String> {
        let version = self.version.value()?;
        Some(self.update.value().map_or_else(|| version.to_owned(), |update| format!("{version}-{update}")))
    }
}

/// The text is no CPE name of a product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCpe {
    /// It begins otherwise.
    #[error("a CPE name begins with cpe:2.3: or cpe:/")]
    Prefix,
    /// It is too long.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// It has too few or too many values.
    #[error("{0} values; a CPE name has 3 to 11, or 3 to 7 in the form of 2.2")]
    Values(usize),
    /// Its part is none.
    #[error("part \"{0}\" is none of a, o and h")]
    Part(String),
    /// Vendor or product is not said.
    #[error("the {0} is any, none or a pattern, which names no product")]
    Unnamed(&'static str),
    /// An escape is cut off or is none.
    #[error("value {0} has an escape that is cut off or none")]
    Escape(usize),
}

/// Reads a formatted string of CPE 2.3 or a URI of CPE 2.2. Values left out at the end are any; endoflife.date and fingerprint sets write so.
pub fn from_cpe(text: &str) -> Result<Cpe, NotCpe> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(NotCpe::TooLong);
    }
    let has_prefix = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let fields = if has_prefix("cpe:2.3:") {
        formatted(&text["cpe:2.3:".len()..])?
    } else if has_prefix("cpe:/") {
        uri(&text["cpe:/".len()..])?
    } else {
        return Err(NotCpe::Prefix);
    };
    of_fields(fields)
}

/// The values of a formatted string: parted by colons that are not escaped.
fn formatted(text: &str) -> Result<Vec<Field>, NotCpe> {
    let mut values = vec![Value::default()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let place = values.len();
        // There is always one, since colons only add to them.
        let Some(value) = values.last_mut() else { break };
        match letter {
            ':' => values.push(Value::default()),
            '\\' => value.push(letters.next().ok_or(NotCpe::Escape(place))?, true),
            letter => value.push(letter, false),
        }
    }
    match values.len() {
        3..=11 => Ok(values.into_iter().map(Value::field).collect()),
        found => Err(NotCpe::Values(found)),
    }
}

/// The values of a URI of 2.2, in the order of 2.3: percent-encoded, and the edition may pack five of them between tildes.
fn uri(text: &str) -> Result<Vec<Field>, NotCpe> {
    let mut values = Vec::new();
    for (place, piece) in text.split(':').enumerate() {
        values.push(if place == 5 {
            piece.strip_prefix('~').map_or(vec![piece], |packed| packed.split('~').collect())
        } else {
            vec![piece]
        });
    }
    if !(3..=7).contains(&values.len()) {
        return Err(NotCpe::Values(values.len()));
    }
    values.resize_with(7, Vec::new);
    let [.., edition, language] = values.as_slice() else { return Err(NotCpe::Values(values.len())) };
    let packed = |place: usize| edition.get(place).copied().unwrap_or_default();
    let mut fields = Vec::new();
    for (place, pieces) in values[..5].iter().chain([edition, language]).enumerate() {
        fields.push(decoded(pieces.first().copied().unwrap_or_default(), place + 1)?);
    }
    for place in 1..5 {
        fields.push(decoded(packed(place), 6)?);
    }
    Ok(fields)
}

fn decoded(piece: &str, place: usize) -> Result<Field, NotCpe> {
    let mut bytes = piece.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                match (digit(), digit()) {
                    // %01 and %02 are the wildcards.
                    (Some(0), Some(1)) => b'?',
                    (Some(0), Some(2)) => b'*',
                    (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|_| NotCpe::Escape(place))?,
                    _ => return Err(NotCpe::Escape(place)),
                }
            }
            byte => byte,
        });
    }
    let mut value = Value::default();
    // A dash stands for "none" only where it is the whole value and was written plainly.
    String::from_utf8_lossy(&plain).chars().for_each(|letter| value.push(letter, piece != "-"));
    Ok(if piece.is_empty() { Field::Any } else { value.field() })
}

/// A value while it is read.
#[derive(Default)]
struct Value {
    text: String,
    escaped: bool,
}

impl Value {
    fn push(&mut self, letter: char, escaped: bool) {
        if !letter.is_control() {
            self.text.extend(letter.to_lowercase());
            self.escaped |= escaped;
        }
    }

    fn field(self) -> Field {
        match (self.text.trim(), self.escaped) {
            ("" | "*", false) => Field::Any,
            ("-", false) => Field::None,
            (text, _) => Field::Is(text.to_owned()),
        }
    }
}

fn of_fields(fields: Vec<Field>) -> Result<Cpe, NotCpe> {
    let mut fields = fields.into_iter();
    let part = fields.next().unwrap_or_default();
    let part = match part.value() {
        Some(part @ ("a" | "o" | "h")) => part.to_owned(),
        part => return Err(NotCpe::Part(part.unwrap_or_default().chars().take(10).collect())),
    };
    let mut name = |what| match fields.next() {
        // A lone wildcard that was escaped, or nothing but wildcards, is no name either.
        Some(Field::Is(name)) if name.chars().any(char::is_alphanumeric) => Ok(name),
        _ => Err(NotCpe::Unnamed(what)),
    };
    let (vendor, product) = (name("vendor")?, name("product")?);
    let mut next = || fields.next().unwrap_or_default();
    Ok(Cpe {
        product: Product::new(format!("cpe:{part}:{vendor}:{product}")),
        version: next(),
        update: next(),
        edition: next(),
        language: next(),
        sw_edition: next(),
        target_sw: next(),
        target_hw: next(),
        other: next(),
    })
}

/// A package URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Type, namespace and name.
    pub product: Product,
    /// Version, where it has one.
    pub version: Option<String>,
    /// The order in which the type's versions stand.
    pub ordering: Ordering,
}

/// The text names no package.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPackage {
    /// It is too long.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// It is no package URL.
    #[error("no package URL: {0}")]
    Unread(#[from] packageurl::Error),
}

/// Reads a package URL; qualifiers and subpath are dropped, since advisories are about the package.
pub fn from_purl(text: &str) -> Result<Package, NotPackage> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(NotPackage::TooLong);
    }
    let purl = PackageUrl::from_str(text)?;
    let version = purl.version().map(|version| version.chars().filter(|letter| !letter.is_control()).collect());
    Ok(Package { product: package(purl.ty(), purl.namespace(), purl.name())?, version, ordering: ordering_of_type(purl.ty()) })
}

/// The product of a type of package URL, a namespace and a name, with the case rules of the type.
pub fn package(package_type: &str, namespace: Option<&str>, name: &str) -> Result<Product, NotPackage> {
    let package_type = package_type.to_lowercase();
    let fold = |text: &str| match package_type.as_str() {
        "npm" => text.to_lowercase(),
        // PEP 503: runs of dots, dashes and underscores are one dash.
        "pypi" => text.to_lowercase().split(['.', '-', '_']).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("-"),
        _ => text.to_owned(),
    };
    let mut purl = PackageUrl::new(package_type.as_str(), fold(name))?;
    if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
        purl.with_namespace(fold(namespace))?;
    }
    Ok(Product::new(purl.to_string()))
}

/// The product that an ecosystem of OSV or of the GitHub advisory database and a name in it mean, with the order of its versions; `None` for
/// an ecosystem that no type of package URL stands for. A release behind a colon (`Debian:12`) is left out.
pub fn from_ecosystem(ecosystem: &str, name: &str) -> Option<Package> {
    if name.len() > LONGEST {
        return None;
    }
    let system = ecosystem.split(':').next().unwrap_or(ecosystem).to_lowercase();
    let (package_type, namespace) = match system.as_str() {
        "npm" => ("npm", None),
        "maven" => ("maven", None),
        "packagist" | "composer" => ("composer", None),
        "pypi" | "pip" => ("pypi", None),
        "rubygems" => ("gem", None),
        "go" => ("golang", None),
        "crates.io" | "rust" => ("cargo", None),
        "nuget" => ("nuget", None),
        "hex" | "erlang" => ("hex", None),
        "pub" => ("pub", None),
        "debian" => ("deb", Some("debian")),
        "ubuntu" => ("deb", Some("ubuntu")),
        "alpine" => ("apk", Some("alpine")),
        "openeuler" => ("rpm", Some("openeuler")),
        "red hat" => ("rpm", Some("redhat")),
        "rocky linux" => ("rpm", Some("rocky-linux")),
        "almalinux" => ("rpm", Some("almalinux")),
        _ => return None,
    };
    // `@scope/name` of npm, `vendor/name` of Composer, `example.org/a/b` of Go, `group:artifact` of Maven.
    let parted = match package_type {
        "maven" => name.split_once(':'),
        "npm" | "composer" | "golang" => name.rsplit_once('/'),
        _ => None,
    };
    let (within, name) = parted.map_or((namespace, name), |(within, name)| (Some(within), name));
    let product = package(package_type, within, name).ok()?;
    Some(Package { product, version: None, ordering: ordering_of_type(package_type) })
}

/// The order of the versions of a type of package URL.
pub fn ordering_of_type(package_type: &str) -> Ordering {
    match package_type {
        "npm" | "cargo" | "golang" | "hex" | "nuget" | "pub" | "swift" => Ordering::Semver,
        "maven" => Ordering::Maven,
        "composer" => Ordering::Php,
        "pypi" => Ordering::Python,
        "gem" => Ordering::Ruby,
        "deb" => Ordering::Debian,
        // Alpine's order is RPM's but for what comes before a release, of which its distribution has next to none.
        "rpm" | "apk" => Ordering::Rpm,
        _ => Ordering::Generic,
    }
}

/// A product by its name alone: letters and digits, small, of half width.
pub fn named(name: &str) -> Product {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    Product::new(format!("name:{}", plain_name::plain(&name)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> String {
        from_cpe(text).expect("a CPE name").product.0
    }

    #[test]
    fn formatted_strings() {
        let cpe = from_cpe("cpe:2.3:a:Apache:HTTP_Server:2.4.57:*:*:*:*:wordpress:*:-").expect("a CPE name");
        assert_eq!(cpe.product.as_str(), "cpe:a:apache:http_server");
        assert_eq!((cpe.version.value(), &cpe.update), (Some("2.4.57"), &Field::Any));
        assert_eq!((cpe.target_sw.value(), &cpe.other), (Some("wordpress"), &Field::None));
        assert_eq!(cpe.full_version().as_deref(), Some("2.4.57"));

        let escaped = from_cpe(r"cpe:2.3:o:cisco:ios:12.2\(52\)se:*:*:*:*:*:*:*").expect("a CPE name");
        assert_eq!(escaped.version.value(), Some("12.2(52)se"));
        assert_eq!(
            key(r"cpe:2.3:a:http\:\:daemon_project:http\:\:daemon:*:*:*:*:*:*:*:*"),
            "cpe:a:http::daemon_project:http::daemon"
        );
        assert_eq!(key(r"cpe:2.3:a:angular\/node_project:a\+\+:*:*:*:*:*:*:*:*"), "cpe:a:angular/node_project:a++");
        let update = from_cpe("cpe:2.3:a:openbsd:openssh:7.4:p1:*:*:*:*:*:*").expect("a CPE name");
        assert_eq!(update.full_version().as_deref(), Some("7.4-p1"));
        // The last values may be left out.
        assert_eq!(from_cpe("cpe:2.3:a:f5:nginx").expect("a CPE name").full_version(), None);
        assert_eq!(from_cpe("cpe:2.3:a:b:c:-").expect("a CPE name").version, Field::None);
    }

    #[test]
    fn uris_of_the_older_form() {
        let cpe = from_cpe("cpe:/a:openbsd:openssh:9.2p1").expect("a CPE name");
        assert_eq!((cpe.product.as_str(), cpe.version.value()), ("cpe:a:openbsd:openssh", Some("9.2p1")));
        let packed = from_cpe("cpe:/a:v:p%2b%2b:1.0:beta:~~free~wordpress~x64~:zh-cn").expect("a CPE name");
        assert_eq!(packed.product.as_str(), "cpe:a:v:p++");
        assert_eq!((packed.sw_edition.value(), packed.target_sw.value()), (Some("free"), Some("wordpress")));
        assert_eq!((packed.target_hw.value(), packed.language.value()), (Some("x64"), Some("zh-cn")));
        assert_eq!(packed.full_version().as_deref(), Some("1.0-beta"));
        assert_eq!(from_cpe("cpe:/o:linux:linux_kernel:-").expect("a CPE name").version, Field::None);
        assert_eq!(from_cpe("cpe:/a:b:c::sp1").expect("a CPE name").version, Field::Any);
    }

    #[test]
    fn bad_names_say_what_is_wrong() {
        for (text, expected) in [
            ("nginx", NotCpe::Prefix),
            ("cpe:2.2:a:b:c", NotCpe::Prefix),
            ("cpe:2.3:a:b", NotCpe::Values(2)),
            ("cpe:2.3:a:b:c:1:2:3:4:5:6:7:8:9", NotCpe::Values(12)),
            ("cpe:/a:b:c:1:2:3:4:5", NotCpe::Values(8)),
            ("cpe:2.3:x:b:c:1", NotCpe::Part("x".into())),
            ("cpe:2.3:*:b:c:1", NotCpe::Part(String::new())),
            ("cpe:2.3:a:*:c:1", NotCpe::Unnamed("vendor")),
            ("cpe:2.3:a:b:-:1", NotCpe::Unnamed("product")),
            ("cpe:2.3:a:b:c?:1\\", NotCpe::Escape(4)),
            ("cpe:/a:b:c%2", NotCpe::Escape(3)),
        ] {
            assert_eq!(from_cpe(text), Err(expected), "{text}");
        }
        assert_eq!(from_cpe(&format!("cpe:2.3:a:b:{}", "c".repeat(LONGEST))), Err(NotCpe::TooLong));
    }

    #[test]
    fn packages() {
        let read = |text: &str| from_purl(text).map(|package| (package.product.0, package.version)).expect("a package URL");
        let version = |text: &str| Some(text.to_owned());
        assert_eq!(read("pkg:npm/%40Vue/shared@3.5.13"), ("pkg:npm/%40vue/shared".into(), version("3.5.13")));
        assert_eq!(read("pkg:npm/@vue/shared"), ("pkg:npm/%40vue/shared".into(), None));
        assert_eq!(
            read("pkg:maven/org.apache.struts/struts2-core@2.5.30?type=jar#x"),
            ("pkg:maven/org.apache.struts/struts2-core".into(), version("2.5.30"))
        );
        assert_eq!(read("pkg:pypi/Zope.Interface_x@1").0, "pkg:pypi/zope-interface-x");
        assert_eq!(read("pkg:github/Alibaba/Nacos@2.0").0, "pkg:github/alibaba/nacos");
        assert_eq!(read("pkg:deb/debian/nginx@1.22.1-9%2Bdeb12u1").1, version("1.22.1-9+deb12u1"));
        assert_eq!(from_purl("pkg:deb/debian/nginx").expect("a package URL").ordering, Ordering::Debian);
        for bad in ["jquery", "pkg:npm", "pkg:npm/", "pkg:/jquery", "pkg:maven", ""] {
            assert!(from_purl(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ecosystems_of_advisories() {
        let read = |ecosystem: &str, name: &str| from_ecosystem(ecosystem, name).map(|package| package.product.0);
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(read("npm", "@vue/shared"), is("pkg:npm/%40vue/shared"));
        assert_eq!(read("Maven", "org.apache.logging.log4j:log4j-core"), is("pkg:maven/org.apache.logging.log4j/log4j-core"));
        assert_eq!(read("Packagist", "topthink/framework"), is("pkg:composer/topthink/framework"));
        assert_eq!(read("Go", "github.com/gin-gonic/gin"), is("pkg:golang/github.com/gin-gonic/gin"));
        assert_eq!(read("Debian:12", "nginx"), is("pkg:deb/debian/nginx"));
        assert_eq!(read("GIT", "x"), None);
    }

    #[test]
    fn names() {
        for name in ["致远A8", "致远 a8", "致远－Ａ８", " 致远【A8】"] {
            assert_eq!(named(name).as_str(), "name:致远a8", "{name}");
        }
        assert_eq!(named("Discuz!").as_str(), "name:discuz");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(cpe:2\\.3:|cpe:/|pkg:|)[\\PC:\\\\*%~@/ -]{0,60}") {
            if let Ok(cpe) = from_cpe(&text) {
                prop_assert!(cpe.product.part().is_some());
                prop_assert_eq!(cpe.product.as_str().to_lowercase(), cpe.product.as_str());
            }
            if let Ok(package) = from_purl(&text) {
                let again = from_purl(package.product.as_str()).expect("what was read can be read");
                prop_assert_eq!(again.product, package.product);
            }
            let name = named(&text);
            let again = named(name.as_str().trim_start_matches("name:"));
            prop_assert_eq!(again, name);
        }
    }
}
