//! Administrative divisions: which holds which, by the digits of their codes (GB/T 2260, GB/T 10114), and where a name belongs.
//!
//! Invariant: what holds what follows from codes alone, so that scope works before any names are loaded; names only find and show places.

use std::collections::{BTreeMap, BTreeSet};

use model::institution::DivisionCode;
use model::ledger::entity::EntityId;

/// The longest chain of superiors that is followed.
const DEEPEST: usize = 32;

/// The longest name of a division in characters.
const LONGEST: usize = 20;

/// The nation.
const NATION: &str = "100000";

/// The division right above; `None` for the nation.
///
/// `510903102` → `510903` → `510900` → `510000` → `100000`. The districts of municipalities and the counties right under a province have the
/// province above them: `110101` → `110000`, `429004` → `420000`; `110100` and `429000` are groups, not divisions.
pub fn parent(code: &DivisionCode) -> Option<DivisionCode> {
    let text = code.as_str();
    let above = match (text.len(), &text[2..4], &text[4..6]) {
        (9, ..) if &text[6..] != "000" => text[..6].to_owned(),
        _ if text.starts_with(NATION) => return None,
        (_, "00", _) => NATION.to_owned(),
        (_, _, "00") => format!("{}0000", &text[..2]),
        (_, prefecture, _) if is_group(&text[..2], prefecture) => format!("{}0000", &text[..2]),
        _ => format!("{}00", &text[..4]),
    };
    above.parse().ok()
}

/// True of `1101`, `5002`, `4290`, which only group the counties right under a province.
fn is_group(province: &str, prefecture: &str) -> bool {
    prefecture == "90" || (matches!(province, "11" | "12" | "31" | "50") && matches!(prefecture, "01" | "02"))
}

/// The divisions above, nearest first, the nation last.
pub fn ancestors(code: &DivisionCode) -> Vec<DivisionCode> {
    std::iter::successors(parent(code), parent).collect()
}

/// True when `inner` is `outer` or below it, by the digits that tell `outer`: `510000` holds `5109…`, `100000` everything.
pub fn contains(outer: &DivisionCode, inner: &DivisionCode) -> bool {
    inner.as_str().starts_with(significant(outer))
}

/// True when one holds the other.
pub fn related(one: &DivisionCode, other: &DivisionCode) -> bool {
    contains(one, other) || contains(other, one)
}

/// The digits of a code that are not filled up with zeros, by pairs: `51`, `5109`, `510903`; nothing for the nation.
fn significant(code: &DivisionCode) -> &str {
    let text = code.as_str();
    match (text.len(), text) {
        (9, text) if !text.ends_with("000") => text,
        (_, text) if text.starts_with(NATION) => "",
        (_, text) if &text[2..6] == "0000" => &text[..2],
        (_, text) if &text[4..6] == "00" => &text[..4],
        (_, text) => &text[..6],
    }
}

/// The province of a code, as two digits; `None` for the nation.
pub fn province(code: &DivisionCode) -> Option<&str> {
    (!code.as_str().starts_with(NATION)).then(|| &code.as_str()[..2])
}

/// Numbers by division summed up: each division with all below it.
pub fn sums(numbers: &BTreeMap<DivisionCode, u64>) -> BTreeMap<DivisionCode, u64> {
    let mut sums = BTreeMap::new();
    for (code, number) in numbers {
        for division in std::iter::once(code.clone()).chain(ancestors(code)) {
            *sums.entry(division).or_default() += number;
        }
    }
    sums
}

/// The institutions above one, nearest first: those that `superior` tells, until nobody tells, one comes again, or the chain is longer than
/// any real one.
pub fn superiors(institution: &EntityId, superior: impl Fn(&EntityId) -> Option<EntityId>) -> Vec<EntityId> {
    let mut met = BTreeSet::from([institution.clone()]);
    let mut chain = Vec::new();
    let mut next = superior(institution);
    while let Some(above) = next.filter(|above| chain.len() < DEEPEST && met.insert(above.clone())) {
        next = superior(&above);
        chain.push(above);
    }
    chain
}

/// Who supervises an institution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supervisors {
    /// The institutions above it, nearest first.
    pub institutions: Vec<EntityId>,
    /// Its own division and those above, nearest first: whoever supervises one of these supervises it.
    pub divisions: Vec<DivisionCode>,
}

/// Who supervises an institution, by its superiors and by its division.
pub fn supervisors(
    institution: &EntityId,
    division: Option<&DivisionCode>,
    superior: impl Fn(&EntityId) -> Option<EntityId>,
) -> Supervisors {
    let divisions = division.map(|own| std::iter::once(own.clone()).chain(ancestors(own)).collect()).unwrap_or_default();
    Supervisors { institutions: superiors(institution, superior), divisions }
}

/// The names of divisions.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    names: BTreeMap<DivisionCode, String>,
    by_name: BTreeMap<String, Vec<DivisionCode>>,
}

/// A place at the beginning of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The divisions that it may be, in the order of their codes: several for 朝阳区 or 鼓楼区 with nothing before it.
    pub divisions: Vec<&'a DivisionCode>,
    /// Where the rest of the name begins, in bytes.
    pub end: usize,
}

impl<'a> Place<'a> {
    /// The division, when it can be only one.
    pub fn only(&self) -> Option<&'a DivisionCode> {
        match self.divisions.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Tree {
    /// Adds a division. Names that only group (市辖区, 省直辖县级行政区划) are shown but never found; a code without `000` behind is used
    /// where both are given.
    pub fn add(&mut self, code: DivisionCode, name: &str) {
        let name: String = name.trim().chars().take(LONGEST).collect();
        if name.is_empty() || self.names.contains_key(&code) {
            return;
        }
        let groups = matches!(name.as_str(), "市辖区" | "县") || name.contains("直辖");
        if !groups {
            for known in std::iter::once(name.as_str()).chain(short_province(&code, &name)) {
                let codes = self.by_name.entry(known.to_owned()).or_default();
                let at = codes.binary_search(&code).unwrap_or_else(|at| at);
                codes.insert(at, code.clone());
            }
        }
        self.names.insert(code, name);
    }

    /// How many divisions have a name.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True when no names are loaded.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of a division.
    pub fn name(&self, code: &DivisionCode) -> Option<&str> {
        self.names.get(code).map(String::as_str)
    }

    /// The name with those of the divisions above it: 河北省邢台市清河县. Empty when it has none.
    pub fn full_name(&self, code: &DivisionCode) -> String {
        let Some(own) = self.name(code) else { return String::new() };
        let mut above: Vec<&str> = ancestors(code).iter().filter_map(|code| self.names.get(code)).map(String::as_str).collect();
        above.retain(|name| !matches!(*name, "市辖区" | "县"));
        above.reverse();
        above.push(own);
        above.concat()
    }

    /// The place at the beginning of an institution's name: the longest names first, one inside the other (河北省, then 清河县), of which
    /// places that do not lie in those before are left out.
    pub fn place(&self, name: &str) -> Option<Place<'_>> {
        let (mut end, found) = self.longest(name, |_| true)?;
        let mut divisions = found;
        while let Some((length, inner)) =
            self.longest(&name[end..], |inner| divisions.iter().any(|outer| *outer != inner && contains(outer, inner)))
        {
            end += length;
            divisions = inner;
        }
        Some(Place { divisions, end })
    }

    /// The longest known name at the beginning of `text` with a division that fits.
    fn longest(&self, text: &str, fits: impl Fn(&DivisionCode) -> bool) -> Option<(usize, Vec<&DivisionCode>)> {
        let ends: Vec<usize> = text.char_indices().map(|(at, character)| at + character.len_utf8()).take(LONGEST).collect();
        ends.into_iter().rev().find_map(|end| {
            let divisions: Vec<&DivisionCode> = self.by_name.get(&text[..end])?.iter().filter(|code| fits(code)).collect();
            (!divisions.is_empty()).then_some((end, divisions))
        })
    }
}

/// A province without the word for its kind: 河北, 广西, 北京.
fn short_province<'a>(code: &DivisionCode, name: &'a str) -> Option<&'a str> {
    let is_province = code.as_str().len() == 6 && code.as_str().ends_with("0000") && !code.as_str().starts_with(NATION);
    let endings = ["维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "省", "市"];
    let short = endings.iter().find_map(|ending| name.strip_suffix(ending))?;
    (is_province && short.chars().count() >= 2).then_some(short)
}

#[cfg(test)]
mod tests {
    use model::ledger::entity::EntityKind;
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().expect(text)
    }

    fn tree() -> Tree {
        let mut tree = Tree::default();
        for (number, name) in [
            ("110000", "北京市"),
            ("110100", "市辖区"),
            ("110105", "朝阳区"),
            ("130000", "河北省"),
            ("130500", "邢台市"),
            ("130534", "清河县"),
            ("210000", "辽宁省"),
            ("211300", "朝阳市"),
            ("220000", "吉林省"),
            ("220100", "长春市"),
            ("220104", "朝阳区"),
            ("220200", "吉林市"),
            ("450000", "广西壮族自治区"),
            ("130534100", "葛仙庄镇"),
        ] {
            tree.add(code(number), name);
        }
        tree
    }

    #[test]
    fn parents_follow_from_digits() {
        for (inner, outer) in [
            ("510903102", "510903"),
            ("510903000", "510900"),
            ("510903", "510900"),
            ("510900", "510000"),
            ("510000", "100000"),
            ("110101", "110000"),
            ("110100", "110000"),
            ("500229", "500000"),
            ("429004", "420000"),
            ("429000", "420000"),
            ("469001", "460000"),
        ] {
            assert_eq!(parent(&code(inner)), Some(code(outer)), "{inner}");
        }
        assert_eq!(parent(&code("100000")), None);
        assert!(contains(&code("510000"), &code("510903102")) && contains(&code("100000"), &code("510903")));
        assert!(contains(&code("510903"), &code("510903000")) && contains(&code("510903000"), &code("510903")));
        assert!(!contains(&code("510900"), &code("511003")) && !contains(&code("510903"), &code("510900")));
        assert_eq!((province(&code("510903")), province(&code("100000"))), (Some("51"), None));
    }

    #[test]
    fn places_are_found_at_the_beginning_of_names() {
        let tree = tree();
        let place = |name: &str| {
            tree.place(name).map(|place| {
                (place.divisions.iter().map(|code| code.to_string()).collect::<Vec<_>>().join(" "), name[place.end..].to_owned())
            })
        };
        let found = |codes: &str, rest: &str| Some((codes.to_owned(), rest.to_owned()));
        assert_eq!(place("河北省清河县教育局"), found("130534", "教育局"));
        assert_eq!(place("清河县教育局"), found("130534", "教育局"));
        assert_eq!(place("河北清河县教育局"), found("130534", "教育局"));
        assert_eq!(place("朝阳区教育局"), found("110105 220104", "教育局"));
        assert_eq!(place("北京市朝阳区教育局"), found("110105", "教育局"));
        assert_eq!(place("吉林省长春市朝阳区教育局"), found("220104", "教育局"));
        assert_eq!(place("吉林市教育局"), found("220200", "教育局"));
        assert_eq!(place("吉林省教育厅"), found("220000", "教育厅"));
        assert_eq!(place("清河县葛仙庄镇人民政府"), found("130534100", "人民政府"));
        assert_eq!(place("市辖区教育局"), None, "a group is no place");
        assert_eq!(place("教育部"), None);
        assert_eq!(tree.full_name(&code("130534")), "河北省邢台市清河县");
        assert_eq!(tree.full_name(&code("110105")), "北京市朝阳区");
    }

    #[test]
    fn numbers_add_up_along_the_tree() {
        let numbers = BTreeMap::from([(code("130534"), 2), (code("130500"), 1), (code("110105"), 4)]);
        let sums = sums(&numbers);
        assert_eq!(sums[&code("130500")], 3);
        assert_eq!(sums[&code("110000")], 4);
        assert_eq!(sums[&code("100000")], 7);
    }

    #[test]
    fn chains_of_superiors_end_even_in_circles() {
        let entity = |key: &str| EntityId::new(EntityKind::Institution, key);
        let above = |of: &EntityId| match of.key.as_str() {
            "a" => Some(entity("b")),
            "b" => Some(entity("c")),
            "c" => Some(entity("a")),
            _ => None,
        };
        let supervisors = supervisors(&entity("a"), Some(&code("130534")), above);
        assert_eq!(supervisors.institutions, [entity("b"), entity("c")]);
        assert_eq!(supervisors.divisions, [code("130534"), code("130500"), code("130000"), code("100000")]);
        let endless = |of: &EntityId| of.key.parse::<u32>().ok().map(|number| entity(&(number + 1).to_string()));
        assert_eq!(superiors(&entity("1"), endless).len(), DEEPEST);
    }

    proptest! {
        #[test]
        fn every_code_ends_at_the_nation(number in "[1-8][0-9]{5}([0-9]{3})?", name in "\\PC{0,30}") {
            let own = code(&number);
            let above = ancestors(&own);
            prop_assert!(above.len() <= 4);
            prop_assert!(own.as_str().starts_with("100000") || above.last() == Some(&code("100000")));
            prop_assert!(above.iter().all(|outer| contains(outer, &own)));
            let _ = tree().place(&name);
        }
    }
}
