//! A world to match in: statements as they are published or made in their shape, and components made out of what they speak of.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flate2::read::GzDecoder;
use model::advisory::{
    Affected, Bound, Channel, Component, Condition, Product, Reading, Span, Standing, Statement, Told, Versions,
};
use model::ledger::source::SourceKind;
use serde::Deserialize;
use vulns::product::from_cpe;

/// Components of a subject.
pub const PER_SUBJECT: u32 = 10;

/// Products that components are of.
const MET: usize = 2_000;

/// Made statements, and the products that they speak of.
const MADE: usize = 30_000;
const MADE_PRODUCTS: f64 = 8_000.0;

/// Numbers that look random and are the same in each run (splitmix64).
pub struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end.max(1) as u64).expect("below an usize")
    }

    fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rank below `end`: each half as often as one of half the rank.
    fn zipf(&mut self, end: f64) -> usize {
        (end.powf(self.share()) as usize).saturating_sub(1)
    }
}

/// What components are made of.
pub struct World {
    dice: Dice,
    /// Products with the versions that are named of them, most spoken-of first.
    products: Vec<(Product, Vec<String>)>,
    /// Places in `products`, most met first.
    met: Vec<usize>,
}

impl World {
    pub fn new(statements: &[Statement]) -> Self {
        let mut named: BTreeMap<&Product, (usize, Vec<String>)> = BTreeMap::new();
        for statement in statements {
            statement.affects.iter().for_each(|condition| name(condition, &mut named));
        }
        let mut products: Vec<_> = named.into_iter().filter(|(_, (_, versions))| !versions.is_empty()).collect();
        products.sort_by_key(|(product, (count, _))| (std::cmp::Reverse(*count), *product));
        let mut dice = Dice(7);
        let mut met: Vec<usize> = (0..products.len().min(MET)).collect();
        for place in (1..met.len()).rev() {
            met.swap(place, dice.below(place + 1));
        }
        let products = products.into_iter().map(|(product, (_, versions))| (product.clone(), versions)).collect();
        Self { dice, products, met }
    }

    /// The product that is met most but so many.
    pub fn met(&self, rank: usize) -> &Product {
        &self.products[self.met[rank - 1]].0
    }

    /// The components of a subject.
    pub fn components(&mut self) -> Vec<Component> {
        (0..PER_SUBJECT)
            .map(|_| {
                let rank = self.dice.zipf(self.met.len() as f64);
                self.component_of(self.met[rank])
            })
            .collect()
    }

    /// A component of the product that so many are more spoken-of than.
    pub fn component_of(&mut self, place: usize) -> Component {
        let (product, versions) = &self.products[place];
        // The better known a version, the more have it.
        let number = versions[self.dice.zipf(versions.len() as f64)].clone();
        let version = match self.dice.below(20) {
            0..13 => Reading { number, told: Told::Exact },
            13..15 => Reading { number, told: Told::Backported },
            15 => Reading { number, told: Told::AtLeast },
            16 => Reading { number: number.split('.').next().unwrap_or_default().into(), told: Told::Line },
            _ => Reading::default(),
        };
        let channels = [Channel::FileName, Channel::Page, Channel::Banner, Channel::Content, Channel::Sbom, Channel::Import];
        Component {
            name: product.as_str().rsplit(':').next().unwrap_or_default().into(),
            products: vec![product.clone()],
            version,
            channel: channels[self.dice.below(channels.len())],
            confidence: if self.dice.below(10) == 0 { 30 } else { 90 },
            place: "https://www.example.gov.cn/".into(),
            evidence: String::new(),
        }
    }
}

fn name<'a>(condition: &'a Condition, named: &mut BTreeMap<&'a Product, (usize, Vec<String>)>) {
    match condition {
        Condition::All(members) | Condition::Any(members) => members.iter().for_each(|member| name(member, named)),
        Condition::Not(inner) => name(inner, named),
        Condition::Is(affected) => {
            let entry = named.entry(&affected.product).or_default();
            entry.0 += 1;
            let ends = affected.versions.spans.iter().flat_map(|span| [&span.from, &span.to]);
            let ends = ends.filter_map(|end| match end {
                Bound::Open => None,
                Bound::Including(version) | Bound::Excluding(version) => Some(version),
            });
            for version in ends.chain(&affected.versions.listed) {
                // The first hundred are enough to choose from.
                if entry.1.len() < 100 && !entry.1.contains(version) {
                    entry.1.push(version.clone());
                }
            }
        }
    }
}

/// A statement that says nothing but what is affected.
pub fn statement(source: SourceKind, id: String, affects: Vec<Condition>) -> Statement {
    Statement {
        source,
        id,
        affects,
        aliases: Vec::new(),
        title: String::new(),
        standing: Standing::Live,
        published: None,
        modified: None,
        scores: Vec::new(),
        weaknesses: Vec::new(),
        remedy: String::new(),
        references: Vec::new(),
        exploited: None,
        likelihood: None,
    }
}

/// The NVD's years, or made statements where there are none.
pub fn statements() -> Vec<Statement> {
    let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else { return made() };
    let years = ["nvdcve-2.0-2018.json.gz", "nvdcve-2.0-2023.json.gz"];
    years.iter().flat_map(|year| published(&Path::new(&folder).join("04-cve/nvd-2.0-converted").join(year))).collect()
}

/// The fields of NVD's JSON 2.0 that say what is affected.
#[derive(Deserialize)]
struct Feed {
    vulnerabilities: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    cve: Cve,
}

#[derive(Deserialize)]
struct Cve {
    id: String,
    #[serde(default)]
    configurations: Vec<Configuration>,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    operator: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    cpe_match: Vec<CpeMatch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CpeMatch {
    vulnerable: bool,
    criteria: String,
    version_start_including: Option<String>,
    version_start_excluding: Option<String>,
    version_end_including: Option<String>,
    version_end_excluding: Option<String>,
}

fn published(path: &Path) -> Vec<Statement> {
    let file = BufReader::new(GzDecoder::new(File::open(path).expect("a feed")));
    let feed: Feed = serde_json::from_reader(file).expect("NVD's JSON 2.0");
    let node = |node: Node| Condition::Any(folded(node.cpe_match.into_iter().filter_map(leaf).collect()));
    let configuration = |one: Configuration| {
        let nodes = one.nodes.into_iter().map(node).collect();
        if one.operator == "AND" { Condition::All(nodes) } else { Condition::Any(nodes) }
    };
    let told = |Record { cve }| {
        let Cve { id, configurations } = cve;
        statement(SourceKind::Nvd, id, configurations.into_iter().map(configuration).collect())
    };
    feed.vulnerabilities.into_iter().map(told).collect()
}

/// What differs in versions alone is one leaf, as the reader of the format has it.
fn folded(mut leaves: Vec<Affected>) -> Vec<Condition> {
    let same = |one: &Affected, other: &Affected| {
        (&one.product, one.vulnerable, &one.target) == (&other.product, other.vulnerable, &other.target)
    };
    leaves.sort_by(|one, other| {
        (&one.product, one.vulnerable, &one.target).cmp(&(&other.product, other.vulnerable, &other.target))
    });
    leaves.dedup_by(|leaf, kept| {
        let is_same = same(leaf, kept);
        if is_same {
            kept.versions.all |= leaf.versions.all;
            kept.versions.spans.append(&mut leaf.versions.spans);
            kept.versions.listed.append(&mut leaf.versions.listed);
        }
        is_same
    });
    leaves.into_iter().map(Condition::Is).collect()
}

fn leaf(matched: CpeMatch) -> Option<Affected> {
    let cpe = from_cpe(&matched.criteria).ok()?;
    let end = |including: Option<String>, excluding: Option<String>| {
        including.map(Bound::Including).or_else(|| excluding.map(Bound::Excluding)).unwrap_or_default()
    };
    let from = end(matched.version_start_including, matched.version_start_excluding);
    let to = end(matched.version_end_including, matched.version_end_excluding);
    let versions = match cpe.full_version() {
        Some(version) => Versions { listed: vec![version], ..Versions::default() },
        None if from.is_open() && to.is_open() => Versions { all: true, ..Versions::default() },
        None => Versions { spans: vec![Span { from, to }], ..Versions::default() },
    };
    let target = cpe.target_sw.value().unwrap_or_default().to_owned();
    Some(Affected { product: cpe.product, versions, vulnerable: matched.vulnerable, target })
}

/// The same statement of products and versions that no other of the copies speaks of.
pub fn copied(statement: &Statement, copy: usize) -> Statement {
    let affects = statement.affects.iter().map(|condition| condition_copied(condition, copy)).collect();
    self::statement(statement.source, format!("{}-{copy}", statement.id), affects)
}

fn condition_copied(condition: &Condition, copy: usize) -> Condition {
    let all = |members: &[Condition]| members.iter().map(|member| condition_copied(member, copy)).collect();
    match condition {
        Condition::All(members) => Condition::All(all(members)),
        Condition::Any(members) => Condition::Any(all(members)),
        Condition::Not(inner) => Condition::Not(Box::new(condition_copied(inner, copy))),
        Condition::Is(affected) => {
            let mut affected = affected.clone();
            affected.product.0.push_str(&format!("_{copy}"));
            let ends = affected.versions.spans.iter_mut().flat_map(|span| [&mut span.from, &mut span.to]);
            let ends = ends.filter_map(|end| match end {
                Bound::Open => None,
                Bound::Including(version) | Bound::Excluding(version) => Some(version),
            });
            ends.chain(&mut affected.versions.listed).for_each(|version| version.push_str(&format!(".{copy}")));
            Condition::Is(affected)
        }
    }
}

/// Statements of the shape that NVD's have: eight leafs in the mean, a fifth of them on condition, a few on a target.
fn made() -> Vec<Statement> {
    let mut dice = Dice(42);
    (0..MADE)
        .map(|number| {
            let share = dice.share();
            let product = (MADE_PRODUCTS * share * share) as usize;
            let leafs = 1 + dice.zipf(30.0);
            let vulnerable = Condition::Any((0..leafs).map(|_| made_leaf(&mut dice, product)).collect());
            let affects = match dice.below(100) {
                0..18 => vec![Condition::All(vec![vulnerable, made_system(&mut dice)])],
                _ => vec![vulnerable],
            };
            statement(SourceKind::Nvd, format!("CVE-2024-{number:05}"), affects)
        })
        .collect()
}

fn made_leaf(dice: &mut Dice, product: usize) -> Condition {
    let product = if dice.below(4) == 0 { dice.below(MADE_PRODUCTS as usize) } else { product };
    let version = |dice: &mut Dice| format!("{}.{}.{}", dice.below(8), dice.below(12), dice.zipf(20.0));
    let versions = match dice.below(10) {
        0..3 => Versions { listed: vec![version(dice)], ..Versions::default() },
        3 => Versions { all: true, ..Versions::default() },
        way => {
            let from = if way < 7 { Bound::Open } else { Bound::Including(version(dice)) };
            Versions { spans: vec![Span { from, to: Bound::Excluding(version(dice)) }], ..Versions::default() }
        }
    };
    let target = if dice.below(50) == 0 { "wordpress".into() } else { String::new() };
    let product = Product::new(format!("cpe:a:vendor{}:product{product}", product / 3));
    Condition::Is(Affected { product, versions, vulnerable: true, target })
}

fn made_system(dice: &mut Dice) -> Condition {
    let system = ["cpe:o:microsoft:windows", "cpe:o:linux:linux_kernel", "cpe:o:apple:macos"][dice.below(3)];
    let versions = Versions { all: true, ..Versions::default() };
    Condition::Is(Affected { product: Product::new(system), versions, vulnerable: false, target: String::new() })
}
