//! Who among county and township bodies Art. 10 ¶2 means, by name and division code. The roster's level comes first; names only tell
//! the county's own organs from their departments.

use model::institution::DivisionCode;

/// True of the county's own organs and their general offices: people's government, party committee, people's congress, CPPCC,
/// supervision, court, procuratorate. All other bodies of county level are departments (部门).
pub fn is_county_organ(name: &str) -> bool {
    let name = name.trim();
    let body = name.strip_suffix("办公室").unwrap_or(name);
    let ends = |endings: &[&str]| endings.iter().any(|ending| body.ends_with(ending));
    let says = |parts: &[&str]| parts.iter().any(|part| body.contains(part));
    // 共青团清河县委员会 and 清河团县委 end as a party committee does and are none; so do the committees of other parties.
    let full = ends(&["县委员会", "区委员会", "市委员会", "旗委员会"]) && says(&["中共", "中国共产党", "政协", "政治协商会议"]);
    let short = ends(&["县委", "区委", "市委", "旗委"])
        && !ends(&["团县委", "团区委", "团市委", "团旗委"])
        && !OTHER_PARTIES.iter().any(|party| body.starts_with(party));
    full || short
        || ends(&["人民政府", "人民代表大会", "人民代表大会常务委员会", "人大常委会", "人大", "人民法院", "人民检察院"])
        || ends(&["监察委员会", "纪律检查委员会", "纪委监委", "纪委", "监委", "县政协", "区政协", "市政协", "旗政协"])
}

/// The youth league and the parties that have committees beside the Communist Party's.
const OTHER_PARTIES: [&str; 9] = ["共青团", "民革", "民盟", "民建", "民进", "农工党", "农工民主党", "致公党", "九三学社"];

/// True of a 街道办事处, which is of township level but no 乡镇: 国办发〔2017〕47号 names it, Art. 10 does not.
pub fn is_street_office(name: &str) -> bool {
    name.contains("街道")
}

/// True of a district (市辖区) of a municipality (直辖市) or a sub-provincial city (副省级市): its departments rank above a county's and
/// many keep approved sites.
pub fn is_district_of_higher_city(division: &DivisionCode) -> bool {
    let code = division.as_str();
    // A division code has six or nine ASCII digits.
    let (city, unit) = (code.get(..4).unwrap_or_default(), code.get(4..6).and_then(|digits| digits.parse::<u8>().ok()));
    let is_district = matches!(unit, Some(1..=20 | 51..=80));
    is_district && (MUNICIPAL_DISTRICTS.contains(&city) || SUB_PROVINCIAL.contains(&city))
}

/// Beijing, Tianjin, Shanghai and Chongqing: the group of their districts (GB/T 2260).
const MUNICIPAL_DISTRICTS: [&str; 4] = ["1101", "1201", "3101", "5001"];

/// The fifteen sub-provincial cities by GB/T 2260: Shenyang, Dalian, Changchun, Harbin, Nanjing, Hangzhou, Ningbo, Xiamen, Jinan,
/// Qingdao, Wuhan, Guangzhou, Shenzhen, Chengdu, Xi'an.
const SUB_PROVINCIAL: [&str; 15] =
    ["2101", "2102", "2201", "2301", "3201", "3301", "3302", "3502", "3701", "3702", "4201", "4401", "4403", "5101", "6101"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn county_organs_are_no_departments() {
        for name in [
            "清河县人民政府",
            "中共清河县委员会",
            "中国共产党清河县委员会",
            "清河县委",
            "乌鲁木齐县委",
            "清河县政协",
            "清河县人大",
            "清河县纪委监委",
            "中国人民政治协商会议清河县委员会",
            "清河县人民代表大会常务委员会",
            "清河县监察委员会",
            "中共清河县纪律检查委员会",
            "清河县人民法院",
            "清河县人民检察院",
            "清河县人民政府办公室",
            "清河县人大常委会办公室",
        ] {
            assert!(is_county_organ(name), "{name}");
        }
    }

    #[test]
    fn departments_are_departments_whatever_their_ending() {
        for name in [
            "清河县农业农村局",
            "中共清河县委宣传部",
            "中共清河县委政法委员会",
            "中共清河县委机构编制委员会办公室",
            "清河县人民政府外事办公室",
            "共青团清河县委员会",
            "共青团清河县委",
            "清河团县委",
            "清河县人民政府国有资产监督管理委员会",
            "清河县卫生健康委员会",
        ] {
            assert!(!is_county_organ(name), "{name}");
        }
    }

    #[test]
    fn districts_of_higher_cities() {
        let is = |code: &str| code.parse().is_ok_and(|code| is_district_of_higher_city(&code));
        assert!(is("110108") && is("440305") && is("500112"));
        assert!(!is("500229"), "a county of Chongqing");
        assert!(!is("510182"), "a county-level city under Chengdu");
        assert!(!is("510903"), "a district of an ordinary city");
        assert!(!is("110000"));
    }
}
