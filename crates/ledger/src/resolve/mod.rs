//! Which names mean one thing: institutions under several spellings, sites under several addresses.
//!
//! Invariant: only certain signs join, each with its reason, and a code never joins another code. Everything else is doubtful and waits for a
//! person, whose word is kept. Claims are not touched: ending a link splits the names again.

mod canon;
mod join;
mod profile;
pub mod sites;

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use model::institution::DivisionCode;
use model::ledger::claim::Link;
use model::ledger::entity::{EntityId, EntityKind};
use model::text;
use model::text::Text;

pub use self::canon::Canon;
pub use self::profile::Profile;

use self::join::{Edge, Rows, Why};
use crate::divisions::{self, Tree};
use crate::{identity, names};

/// A name with more bearers than this is no sign of anything, and a person could not choose among them either.
const MOST_BEARERS: usize = 8;

/// The most names that are compared with each other for abbreviations; larger buckets are passed over.
const MOST_COMPARED: usize = 48;

/// Institutions by the forms of their names. Costs some 200 bytes an institution.
pub struct Index<'a> {
    tree: &'a Tree,
    rows: Vec<Row>,
    forms: Vec<Form>,
    /// Who is named under which subject number of the filing system, both as hashes.
    filings: Vec<(u64, u64)>,
}

/// What is kept of an institution.
#[derive(Debug)]
struct Row {
    /// Key of the entity: its code, or `~` and its plain name.
    key: Box<str>,
    /// Its plain name where the key is a code.
    name: Box<str>,
    /// The code that a source tells of one that is known by its name.
    told: Option<Box<str>>,
    /// Its division as a number, 0 for none: the six or nine digits, which never begin with 0.
    division: u32,
}

impl Row {
    fn has_code(&self) -> bool {
        !self.key.starts_with('~')
    }

    fn code(&self) -> Option<&str> {
        if self.has_code() { Some(&self.key) } else { self.told.as_deref() }
    }

    fn division(&self) -> Option<DivisionCode> {
        (self.division != 0).then(|| self.division.to_string().parse().ok()).flatten()
    }

    fn plain(&self) -> &str {
        self.key.strip_prefix('~').unwrap_or(&self.name)
    }
}

/// What a form is to its institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Role {
    Code,
    Name,
    Former,
    Short,
    Place,
    Bucket,
    Filing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    hash: u64,
    row: u32,
    role: Role,
}

/// A text in 64 bits. Names, former and short names share one space, so that they meet.
fn hash(space: u8, text: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (space, text).hash(&mut hasher);
    hasher.finish()
}

impl<'a> Index<'a> {
    /// An empty index. `tree` finds the places in names; without names of divisions, spellings with and without 省 and 市 do not meet.
    pub fn new(tree: &'a Tree) -> Self {
        Self { tree, rows: Vec::new(), forms: Vec::new(), filings: Vec::new() }
    }

    /// Adds an institution; each once. Other entities and more than 2³² are passed over.
    pub fn add(&mut self, profile: &Profile) {
        let Ok(row) = u32::try_from(self.rows.len()) else { return };
        if profile.entity.kind != EntityKind::Institution {
            return;
        }
        let plains: Vec<String> = profile.names.iter().map(|name| names::plain(name)).filter(|name| !name.is_empty()).collect();
        let kept = Row {
            key: profile.entity.key.as_str().into(),
            name: if profile.entity.key.starts_with('~') {
                "".into()
            } else {
                plains.first().cloned().unwrap_or_default().into()
            },
            told: profile.told.as_ref().map(|code| code.as_str().into()),
            division: profile.division.as_ref().and_then(|code| code.as_str().parse().ok()).unwrap_or_default(),
        };
        let mut push = |role, hash| self.forms.push(Form { hash, row, role });
        if let Some(code) = kept.code() {
            push(Role::Code, hash(0, code));
        }
        for name in &plains {
            push(Role::Name, hash(1, name));
        }
        for name in &profile.former_names {
            push(Role::Former, hash(1, names::plain(name)));
        }
        for name in &profile.short_names {
            push(Role::Short, hash(1, names::plain(name)));
        }
        for (division, rest) in places(self.tree, kept.plain(), profile.division.as_ref()) {
            push(Role::Place, hash(2, (division, rest)));
        }
        if let Some(bucket) = bucket(kept.plain()) {
            push(Role::Bucket, hash(3, bucket));
        }
        self.rows.push(kept);
    }

    /// Takes note that an ICP filing names an institution; before or after the institution is added. Of the number that of its subject
    /// counts, which the filing system gives to one body alone.
    pub fn filed(&mut self, owner: &EntityId, number: &str) {
        if let Some(subject) = identity::icp_subject(number).filter(|_| owner.kind == EntityKind::Institution) {
            self.filings.push((hash(5, owner.key.as_str()), hash(4, subject)));
        }
    }

    /// The links that follow. Of `held`, those of persons are kept to and not made again; the program's own are made anew.
    pub fn links(mut self, held: &[Link], at: Timestamp) -> Vec<Link> {
        self.place_filings();
        let sorted = Sorted::new(self.rows, self.forms);
        let mut edges = Vec::new();
        for group in sorted.forms.chunk_by(|one, other| one.hash == other.hash) {
            match group[0].role {
                _ if group.len() < 2 => {}
                Role::Code => sorted.same_code(group, &mut edges),
                Role::Name | Role::Former | Role::Short => sorted.same_name(group, &mut edges),
                Role::Place => sorted.same_place(group, &mut edges),
                Role::Bucket => sorted.abbreviations(group, &mut edges),
                Role::Filing => sorted.one_filing(group, &mut edges),
            }
        }
        join::links(&sorted, edges, held, at)
    }

    /// Makes forms of the filings of those institutions that are there.
    fn place_filings(&mut self) {
        if self.filings.is_empty() {
            return;
        }
        let mut keys: Vec<(u64, u32)> = self.rows.iter().map(|row| hash(5, &*row.key)).zip(0..).collect();
        keys.sort_unstable();
        for (owner, number) in std::mem::take(&mut self.filings) {
            if let Ok(place) = keys.binary_search_by_key(&owner, |(key, _)| *key) {
                self.forms.push(Form { hash: number, row: keys[place].1, role: Role::Filing });
            }
        }
    }
}

/// The divisions that a name may begin with, and what follows: 清河县教育局 and 河北省清河县教育局 give the same.
fn places<'n>(tree: &Tree, plain: &'n str, told: Option<&DivisionCode>) -> Vec<(String, &'n str)> {
    let Some(place) = tree.place(plain) else { return Vec::new() };
    let fits = |code: &&DivisionCode| told.is_none_or(|told| divisions::related(told, code));
    let found: Vec<&DivisionCode> = place.divisions.iter().copied().filter(fits).collect();
    let rest = &plain[place.end..];
    if rest.is_empty() || found.len() > MOST_BEARERS {
        return Vec::new();
    }
    found.into_iter().map(|code| (code.to_string(), rest)).collect()
}

/// Where a name and its abbreviations meet: the last part of its place, the first character behind it, and its ending's short form.
fn bucket(plain: &str) -> Option<(&str, char, &'static str)> {
    let (place, rest) = names::split_place(plain);
    let last = place.char_indices().rev().skip(1).find(|(_, character)| matches!(character, '省' | '市' | '州' | '盟' | '县'));
    let place = last.map_or(place, |(at, character)| &place[at + character.len_utf8()..]);
    let rest = ["中华人民共和国", "国家"].iter().find_map(|state| rest.strip_prefix(state)).unwrap_or(rest);
    let (body, ending) = names::split_ending(rest)?;
    Some((place, body.chars().next()?, names::short_form(ending)?))
}

/// Rows in the order of their keys, codes first, since `~` is after all letters; forms in the order of their hashes.
struct Sorted {
    rows: Vec<Row>,
    forms: Vec<Form>,
}

impl Sorted {
    fn new(rows: Vec<Row>, mut forms: Vec<Form>) -> Self {
        let mut order: Vec<u32> = (0..).take(rows.len()).collect();
        order.sort_unstable_by(|one, other| rows[*one as usize].key.cmp(&rows[*other as usize].key));
        let mut places = vec![0_u32; rows.len()];
        for (place, row) in (0..).zip(&order) {
            places[*row as usize] = place;
        }
        let mut numbered: Vec<(u32, Row)> = places.iter().copied().zip(rows).collect();
        numbered.sort_unstable_by_key(|(place, _)| *place);
        for form in &mut forms {
            form.row = places[form.row as usize];
        }
        forms.sort_unstable();
        forms.dedup();
        Self { rows: numbered.into_iter().map(|(_, row)| row).collect(), forms }
    }

    fn at(&self, row: u32) -> &Row {
        &self.rows[row as usize]
    }

    /// No code and no division of one speaks against the other.
    fn compatible(&self, one: u32, other: u32) -> bool {
        let (one, other) = (self.at(one), self.at(other));
        let apart = |one: Option<&str>, other: Option<&str>| one.zip(other).is_some_and(|(one, other)| one != other);
        let divided = one.division().zip(other.division()).is_some_and(|(one, other)| !divisions::related(&one, &other));
        !apart(one.code(), other.code()) && !divided
    }

    fn one_division(&self, one: u32, other: u32) -> bool {
        let (one, other) = (self.at(one).division, self.at(other).division);
        one != 0 && one == other
    }

    fn same_code(&self, group: &[Form], edges: &mut Vec<Edge>) {
        let first = group[0].row;
        edges.extend(group[1..].iter().map(|form| Edge::new(first, form.row, Why::SameCode, true)));
    }

    fn same_name(&self, group: &[Form], edges: &mut Vec<Edge>) {
        let rows = |role| group.iter().filter(move |form| form.role == role).map(|form| form.row);
        let (coded, plain): (Vec<u32>, Vec<u32>) = rows(Role::Name).partition(|row| self.at(*row).has_code());
        let (former, short): (Vec<u32>, Vec<u32>) = (rows(Role::Former).collect(), rows(Role::Short).collect());
        self.two_codes(&coded, edges);
        for alias in plain {
            let bearers = self.fitting(alias, &coded);
            if !bearers.is_empty() {
                let certain = |bearer| !is_generic(self.at(alias).plain()) || self.one_division(alias, bearer);
                self.choose(alias, &bearers, Why::SameName, Why::NoPlace, certain, edges);
                continue;
            }
            let before = self.fitting(alias, &former);
            // A name that someone bears today is not taken for the former name of another.
            let free = coded.is_empty();
            self.choose(alias, &before, Why::FormerName, Why::FormerName, |_| free, edges);
            let known = self.fitting(alias, &short);
            self.choose(alias, &known, Why::ShortName, Why::ShortName, |bearer| self.one_division(alias, bearer), edges);
        }
    }

    fn fitting(&self, alias: u32, rows: &[u32]) -> Vec<u32> {
        rows.iter().copied().filter(|row| *row != alias && self.compatible(alias, *row)).collect()
    }

    /// One bearer is it, if certain; of several a person has to choose one, unless they are too many.
    fn choose(&self, alias: u32, bearers: &[u32], sure: Why, unsure: Why, certain: impl Fn(u32) -> bool, edges: &mut Vec<Edge>) {
        match bearers {
            [] => {}
            [only] if certain(*only) => edges.push(Edge::new(alias, *only, sure, true)),
            [only] => edges.push(Edge::new(alias, *only, unsure, false)),
            several if several.len() <= MOST_BEARERS => {
                edges.extend(several.iter().map(|bearer| Edge::new(alias, *bearer, Why::SeveralBearers, false)));
            }
            _ => {}
        }
    }

    /// One name with two codes in one place: an error of a source, or an institution that was set up anew.
    fn two_codes(&self, coded: &[u32], edges: &mut Vec<Edge>) {
        if coded.len() > MOST_BEARERS {
            return;
        }
        for (at, one) in coded.iter().enumerate() {
            let near = |other: &&u32| match (self.at(*one).division(), self.at(**other).division()) {
                (Some(one), Some(other)) => divisions::related(&one, &other),
                _ => true,
            };
            edges.extend(coded[at + 1..].iter().filter(near).map(|other| Edge::new(*one, *other, Why::TwoCodes, false)));
        }
    }

    fn same_place(&self, group: &[Form], edges: &mut Vec<Edge>) {
        if group.len() > MOST_BEARERS {
            return;
        }
        for (at, one) in group.iter().enumerate() {
            for other in &group[at + 1..] {
                if self.at(one.row).plain() == self.at(other.row).plain() {
                    continue;
                }
                if self.compatible(one.row, other.row) {
                    edges.push(Edge::new(one.row, other.row, Why::Place, self.one_division(one.row, other.row)));
                } else if self.one_division(one.row, other.row) {
                    edges.push(Edge::new(one.row, other.row, Why::TwoCodes, false));
                }
            }
        }
    }

    /// Two names under one subject number of the filing system.
    fn one_filing(&self, group: &[Form], edges: &mut Vec<Edge>) {
        // A number that many are named under is one that extracts got wrong.
        if group.len() > MOST_BEARERS {
            return;
        }
        for (at, one) in group.iter().enumerate() {
            let fitting = group[at + 1..].iter().filter(|other| self.compatible(one.row, other.row));
            edges.extend(fitting.map(|other| Edge::new(one.row, other.row, Why::OneFiling, false)));
        }
    }

    fn abbreviations(&self, group: &[Form], edges: &mut Vec<Edge>) {
        if group.len() > MOST_COMPARED {
            return;
        }
        for (at, one) in group.iter().enumerate() {
            for other in &group[at + 1..] {
                let (first, second) = (self.at(one.row).plain(), self.at(other.row).plain());
                let short = names::is_abbreviation(first, second) || names::is_abbreviation(second, first);
                if short && self.compatible(one.row, other.row) {
                    edges.push(Edge::new(one.row, other.row, Why::Abbreviation, false));
                }
            }
        }
    }
}

/// True of 教育局 or 人民政府办公室: a name that every place has, without the place.
fn is_generic(plain: &str) -> bool {
    let of_the_state = ["国家", "中国", "中华", "国务院", "最高", "全国", "中央"].iter().any(|state| plain.starts_with(state));
    let ends_like_an_organ = plain.ends_with("政府")
        || names::split_ending(plain).is_some_and(|(_, ending)| !matches!(ending, "大学" | "学院" | "所" | "院"));
    !of_the_state && ends_like_an_organ && names::split_place(plain).0.is_empty()
}

impl Rows for Sorted {
    fn id(&self, row: u32) -> EntityId {
        EntityId::new(EntityKind::Institution, &*self.at(row).key)
    }

    fn row(&self, id: &EntityId) -> Option<u32> {
        let found = self.rows.binary_search_by(|row| (*row.key).cmp(id.key.as_str())).ok()?;
        (id.kind == EntityKind::Institution).then(|| u32::try_from(found).ok()).flatten()
    }

    fn mark(&self, row: u32) -> Option<&str> {
        self.at(row).code()
    }

    fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    fn conflict(&self) -> Text {
        Text::new("统一社会信用代码不同，或人工已判定不同", "their codes differ, or a person holds them apart")
    }

    fn reason(&self, edge: &Edge) -> Text {
        let (entity, alias) = (self.at(edge.low), self.at(edge.high));
        let (name, other) = (alias.plain(), entity.plain());
        match edge.why {
            Why::SameCode => {
                let code = alias.code().unwrap_or_default();
                text!(zh: "统一社会信用代码相同：{code}", en: "both have the code {code}")
            }
            Why::FormerName => text!(zh: "“{name}”是“{other}”的曾用名", en: "{name} is a former name of {other}"),
            Why::ShortName => text!(zh: "“{name}”是“{other}”的规范简称", en: "{name} is a short name of {other}"),
            Why::Place => text!(
                zh: "去掉地名前缀后名称相同：“{name}”和“{other}”",
                en: "{name} and {other} are one name but for the places before it",
            ),
            Why::SeveralBearers => text!(zh: "“{name}”对应多个单位，需人工选择", en: "several institutions bear the name {name}"),
            Why::TwoCodes => {
                let (one, two) = (entity.code().unwrap_or_default(), alias.code().unwrap_or_default());
                text!(zh: "“{name}”在同一地区有两个代码：{one} 和 {two}", en: "{name} has two codes in one place: {one} and {two}")
            }
            Why::NoPlace => text!(zh: "名称“{name}”没有地名，不能确定是哪个地区的", en: "the name {name} has no place"),
            Why::Abbreviation => {
                text!(zh: "“{name}”和“{other}”可能是简称与全称", en: "{name} and {other} may be short and full name")
            }
            Why::OneFiling => text!(
                zh: "“{name}”和“{other}”的网站在同一 ICP 备案主体编号下",
                en: "sites of {name} and {other} are filed under one ICP subject number",
            ),
            Why::SameName | Why::Www | Why::OnlyName | Why::AddressOfHost | Why::Sign(_) => {
                text!(zh: "名称相同：{name}", en: "both are called {name}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
