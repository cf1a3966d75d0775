//! Whether the body that a register names is the institution: by code, then by names in plain form.

use model::facts::standing::{OwnerStanding, Party, Standing};
use model::institution::Institution;
use model::plain_name::{institution, plain, without_brackets};
use model::verdict::Undetermined;
use model::view::View;

/// How a named body stands to the institution; the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Same {
    /// The institution itself.
    Same,
    /// Under a name that it had before.
    Former,
    /// Its successor.
    Successor,
    /// A name like its own: with a region in front or its office behind, or its name with another code. A person decides.
    Alike,
    /// Somebody else.
    Other,
}

/// The institution that runs the subject, with all its names.
pub struct Owner<'a> {
    /// As the ledger's entry has it.
    pub institution: &'a Institution,
    /// As the ledger's sources have it, when they tell.
    pub standing: Option<&'a OwnerStanding>,
}

impl<'a> Owner<'a> {
    /// The owner in the view. A rule that asks needs `Kind::Standing`.
    ///
    /// # Errors
    /// When the ledger does not tell who runs the subject.
    pub fn of(view: &View<'a>) -> Result<Self, Undetermined> {
        let institution = view.institution()?;
        let standing = view.need::<Standing>().ok().and_then(|standing| standing.owner.as_ref());
        // Of an owner that sources do not agree on, the entry's word is judged; the names of another one would mislead.
        let standing = standing.filter(|standing| is_party(&standing.party, &institution.name, code(institution)));
        Ok(Self { institution, standing })
    }

    /// How the body with this name and code stands to the owner; either may be empty, not both.
    pub fn compare(&self, name: &str, uscc: &str) -> Same {
        let own = same_code(code(self.institution), uscc);
        let party = self.standing.map(|standing| &standing.party);
        let sources = party.and_then(|party| same_code(&party.uscc, uscc));
        if own == Some(true) || sources == Some(true) {
            return Same::Same;
        }
        let short = self.institution.short_names.iter().chain(party.iter().flat_map(|party| &party.short_names));
        let names: Vec<&String> =
            [&self.institution.name].into_iter().chain(party.map(|party| &party.name)).chain(short).collect();
        let successor = self.standing.and_then(|standing| standing.successor.as_ref());
        let is = |names: &[&String]| names.iter().any(|own| same_name(own, name));
        if is(&names) {
            return if own == Some(false) { Same::Alike } else { Same::Same };
        }
        if is(&party.iter().flat_map(|party| &party.former_names).collect::<Vec<_>>()) {
            return Same::Former;
        }
        if successor.is_some_and(|successor| is_party(successor, name, uscc)) {
            return Same::Successor;
        }
        if names.iter().any(|own| are_alike(own, name)) { Same::Alike } else { Same::Other }
    }
}

fn code(institution: &Institution) -> &str {
    institution.uscc.as_ref().map_or("", |code| code.as_str())
}

fn is_party(party: &Party, name: &str, uscc: &str) -> bool {
    let names = [&party.name].into_iter().chain(&party.short_names).chain(&party.former_names);
    same_code(&party.uscc, uscc).unwrap_or_else(|| names.into_iter().any(|own| same_name(own, name)))
}

/// Whether two codes name one body; `None` when either is none. Registers older than the unified code hold the organisation code, which is
/// its characters 9 to 17 (GB 11714).
pub fn same_code(own: &str, other: &str) -> Option<bool> {
    let (own, other) = (plain(own), plain(other));
    match (own.len(), other.len()) {
        (18, 18) => Some(own == other),
        (18, 9) => own.get(8..17).map(|code| code == other),
        _ => None,
    }
}

/// The letters of a name as institutions are filed under it: 中国共产党清河县委员会 is 中共清河县委.
fn letters(name: &str) -> String {
    plain(&institution(name))
}

/// True of two spellings of one name.
pub fn same_name(own: &str, other: &str) -> bool {
    let pairs = [(letters(own), letters(other)), (letters(&without_brackets(own)), letters(&without_brackets(other)))];
    pairs.into_iter().any(|(own, other)| !own.is_empty() && own == other)
}

/// True when one name is the other with regions in front, or with its office behind.
pub fn are_alike(own: &str, other: &str) -> bool {
    let (own, other) = (letters(&without_brackets(own)), letters(&without_brackets(other)));
    let (long, short) = if own.len() >= other.len() { (&own, &other) } else { (&other, &own) };
    if short.chars().count() < SHORTEST {
        return false;
    }
    let front = long.strip_suffix(short.as_str());
    let behind = long.strip_prefix(short.as_str());
    front.is_some_and(|front| front.ends_with(RANKS) || PROVINCES.contains(&front))
        || behind.is_some_and(|behind| OFFICES.contains(&behind))
}

/// Names with fewer letters are too common to be found in others.
const SHORTEST: usize = 3;
const RANKS: [char; 7] = ['省', '市', '县', '区', '州', '盟', '旗'];
const OFFICES: [&str; 4] = ["办公室", "办公厅", "综合办公室", "机关"];
const PROVINCES: [&str; 31] = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "河南",
    "云南",
    "辽宁",
    "黑龙江",
    "湖南",
    "安徽",
    "山东",
    "新疆",
    "江苏",
    "浙江",
    "江西",
    "湖北",
    "广西",
    "甘肃",
    "山西",
    "内蒙古",
    "陕西",
    "吉林",
    "福建",
    "贵州",
    "广东",
    "青海",
    "西藏",
    "四川",
    "宁夏",
    "海南",
];

/// What a named body is, as far as its name and nature tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A private person.
    Person,
    /// A company.
    Company,
    /// Any other body.
    Body,
}

/// What a body is by the register's word on its nature, else by its name: persons' names have two to four letters (fewer are cut names),
/// and no public body's full name is as short.
pub fn nature(name: &str, word: &str) -> Nature {
    let name = plain(name);
    if ["个人", "自然人"].iter().any(|person| word.contains(person)) {
        Nature::Person
    } else if word.contains("企业") || COMPANIES.iter().any(|ending| name.ends_with(ending)) {
        Nature::Company
    } else if word.is_empty() && name.chars().count() <= 3 && name.chars().all(|letter| !letter.is_ascii()) {
        Nature::Person
    } else {
        Nature::Body
    }
}

const COMPANIES: [&str; 8] = ["公司", "企业", "集团", "工作室", "厂", "coltd", "ltd", "inc"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_and_brackets() {
        assert!(same_name("清河县农业农村局（清河县乡村振兴局）", "清河县农业农村局"));
        assert!(same_name("清河县　人民政府", "清河县人民政府"));
        assert!(!same_name("清河县人民政府", "河清县人民政府"));
        assert!(same_name("中国共产党清河县委员会", "中共清河县委"));
        assert!(same_name("中国人民政治协商会议清河县委员会", "政协清河县委员会"));
        assert!(!same_name("", ""));
    }

    #[test]
    fn regions_in_front_and_offices_behind() {
        assert!(are_alike("清河县人民政府", "河北省邢台市清河县人民政府"));
        assert!(are_alike("河北清河县人民政府", "清河县人民政府"));
        assert!(are_alike("清河县人民政府", "清河县人民政府办公室"));
        assert!(!are_alike("清河县人民政府", "新清河县人民政府"));
        assert!(!are_alike("清河县人民政府", "清河县人民政府招待所"));
        assert!(!are_alike("政府", "清河县政府"));
    }

    #[test]
    fn codes_old_and_new() {
        assert_eq!(same_code("91350100M000100Y43", "91350100M000100Y43"), Some(true));
        assert_eq!(same_code("91350100M000100Y43", "M000100Y-4"), Some(true));
        assert_eq!(same_code("91350100M000100Y43", "M000100Y5"), Some(false));
        assert_eq!(same_code("91350100M000100Y43", ""), None);
    }

    #[test]
    fn natures() {
        assert_eq!(nature("张三", ""), Nature::Person);
        assert_eq!(nature("清河县人民政府", "个人"), Nature::Person);
        assert_eq!(nature("清河信息技术有限公司", ""), Nature::Company);
        assert_eq!(nature("Example Co., Ltd.", ""), Nature::Company);
        assert_eq!(nature("清河县人民政府", "政府机关"), Nature::Body);
        assert_eq!(nature("财政部", "政府机关"), Nature::Body);
    }
}
