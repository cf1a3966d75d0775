//! Names of products: from what fingerprint sets, banners, bills of materials and advisories write to the spellings of one product.
//!
//! Invariant: a table of data (`data/products.toml`) and no guess. A name that the table does not have stays the name that it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use model::advisory::Product;
use serde::Deserialize;

use crate::product::{NotCpe, NotPackage, from_cpe, from_purl, named};

static KNOWN: LazyLock<Naming> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is part of the program, and a test reads it")]
    Naming::read(include_str!("../data/products.toml")).expect("the table of products")
});

/// The table of products.
pub fn known() -> &'static Naming {
    &KNOWN
}

/// A table of products, asked by name and by spelling.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    entries: Vec<Named>,
    places: BTreeMap<Product, usize>,
}

/// A product with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// How it is called.
    pub name: String,
    /// All its spellings, ascending, those by its names too.
    pub products: Vec<Product>,
    /// Packages that are a part of it, ascending: advisories of them concern it.
    pub modules: Vec<Product>,
    /// Those of its spellings beside which a version is of something else.
    pub unversioned: Vec<Product>,
    /// How many numbers its versions have at least: fewer are a line. 0 where any number may do.
    pub numbers: usize,
    /// 1 to 100: how sure its names mean it.
    pub sure: u8,
}

/// The table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadTable {
    /// It is not of this form.
    #[error("the table of products cannot be read: {0}")]
    Unread(#[from] toml::de::Error),
    /// A CPE name in it is none.
    #[error("{0}: {1}")]
    Cpe(String, NotCpe),
    /// A package in it is none.
    #[error("{0}: {1}")]
    Package(String, NotPackage),
    /// One spelling stands for two products.
    #[error("{0} means both {1} and {2}")]
    Twice(Product, String, String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    product: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    cpe: Vec<String>,
    #[serde(default)]
    purl: Vec<String>,
    #[serde(default)]
    modules: Vec<String>,
    #[serde(default)]
    unversioned: Vec<String>,
    #[serde(default)]
    numbers: usize,
    #[serde(default = "sure")]
    sure: u8,
}

fn sure() -> u8 {
    100
}

impl Naming {
    /// Reads a table; `data/products.toml` says in its head what it holds.
    pub fn read(table: &str) -> Result<Self, BadTable> {
        let table: Table = toml::from_str(table)?;
        let mut naming = Self::default();
        for row in table.product {
            naming.add(row)?;
        }
        Ok(naming)
    }

    fn add(&mut self, row: Row) -> Result<(), BadTable> {
        let cpe = |name: &String| {
            let name = format!("cpe:2.3:a:{name}");
            from_cpe(&name).map(|cpe| cpe.product).map_err(|error| BadTable::Cpe(name, error))
        };
        let package = |name: &String| {
            let name = format!("pkg:{name}");
            from_purl(&name).map(|package| package.product).map_err(|error| BadTable::Package(name, error))
        };
        let names = [&row.name].into_iter().chain(&row.also).chain(&row.unversioned).map(|name| Ok(named(name)));
        let products = row.cpe.iter().map(cpe).chain(row.purl.iter().map(package)).chain(names);
        let products = products.collect::<Result<BTreeSet<_>, _>>()?;
        let modules = row.modules.iter().map(package).collect::<Result<BTreeSet<_>, _>>()?;
        for product in &products {
            if let Some(other) = self.places.insert(product.clone(), self.entries.len()) {
                return Err(BadTable::Twice(product.clone(), self.entries[other].name.clone(), row.name));
            }
        }
        self.entries.push(Named {
            name: row.name,
            products: products.into_iter().collect(),
            modules: modules.into_iter().collect(),
            unversioned: row.unversioned.iter().map(|name| named(name)).collect(),
            numbers: row.numbers,
            sure: row.sure.clamp(1, 100),
        });
        Ok(())
    }

    /// The product that this spelling means.
    pub fn of_product(&self, product: &Product) -> Option<&Named> {
        self.places.get(product).and_then(|place| self.entries.get(*place))
    }

    /// The product that goes by this name; neither case nor width nor blanks nor punctuation count.
    pub fn of_name(&self, name: &str) -> Option<&Named> {
        self.of_product(&named(name))
    }

    /// All products, in the order of the table.
    pub fn all(&self) -> &[Named] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(name: &str, product: &str) -> bool {
        known().of_name(name).is_some_and(|named| named.products.contains(&Product::new(product)))
    }

    #[test]
    fn names_of_many_writers_mean_one_product() {
        for (name, product) in [
            ("jQuery", "pkg:npm/jquery"),
            ("Nginx", "cpe:a:f5:nginx"),
            ("nginx", "cpe:a:nginx:nginx"),
            ("Apache httpd", "cpe:a:apache:http_server"),
            ("IIS", "cpe:a:microsoft:internet_information_services"),
            ("Apache-Coyote", "cpe:a:apache:tomcat"),
            ("Joomla", "cpe:a:joomla:joomla!"),
            ("Discuz! X", "cpe:a:comsenz:discuz!"),
            ("ＷｅｂＬｏｇｉｃ", "cpe:a:oracle:weblogic_server"),
            ("通达OA", "cpe:a:tongda2000:tongda_oa"),
            ("泛微OA", "cpe:a:weaver:e-cology"),
            ("yonyou-erp-nc", "name:用友nc"),
            ("致远A8-V5协同管理软件", "name:致远a8"),
            ("@angular/core", "pkg:npm/%40angular/core"),
        ] {
            assert!(has(name, product), "{name} is {product}");
        }
        assert!(!has("AngularJS", "pkg:npm/%40angular/core"));
        assert_eq!(known().of_name("一个没有的名字"), None);
        let by = |product: &str| known().of_product(&Product::new(product)).map(|named| named.name.as_str());
        assert_eq!((by("cpe:a:nginx:nginx"), by("cpe:a:f5:nginx")), (Some("nginx"), Some("nginx")));
        // Who has one module need not have the others.
        assert_eq!(
            (by("pkg:maven/org.springframework/spring-core"), by("pkg:maven/org.springframework/spring-web")),
            (Some("Spring Framework"), None)
        );
    }

    #[test]
    fn a_table_that_says_two_things_is_none() {
        let twice = "[[product]]\nname = \"a\"\ncpe = [\"v:p\"]\n[[product]]\nname = \"b\"\ncpe = [\"v:p\"]\n";
        assert!(matches!(Naming::read(twice), Err(BadTable::Twice(..))));
        assert!(matches!(Naming::read("[[product]]\nname = \"a\"\ncpe = [\"v\"]\n"), Err(BadTable::Cpe(..))));
        assert!(matches!(Naming::read("[[product]]\nname = \"a\"\npurl = [\"npm\"]\n"), Err(BadTable::Package(..))));
        assert!(matches!(Naming::read("[[product]]\nnome = \"a\"\n"), Err(BadTable::Unread(_))));
    }
}
