//! Names of sites and institutions (Art. 8): compared by their letters and digits alone, so that blanks, brackets and quotation marks
//! do not matter.

/// True when `words` hold `name`. A name of fewer than two letters is held by nothing.
pub fn contains(words: &str, name: &str) -> bool {
    let name = letters(name);
    name.chars().nth(1).is_some() && letters(words).contains(&name)
}

/// True of titles that name no site: empty ones and those of error pages.
pub fn is_no_name(title: &str) -> bool {
    let title = letters(title);
    let error =
        ["404notfound", "403forbidden", "badgateway", "notfound", "forbidden", "internalservererror", "serviceunavailable"];
    let wording = ["页面不存在", "无法访问", "访问被拦截", "访问出错", "系统维护", "网站维护", "系统错误", "错误页面", "出错了"];
    let plain = ["", "404", "403", "500", "502", "503", "首页", "index", "home", "untitled", "无标题文档", "loading", "加载中"];
    plain.contains(&title.as_str()) || error.iter().chain(&wording).any(|words| title.contains(words))
}

/// The regions in front of an institution's name, without the word for their rank: `渝北` and `重庆` of 重庆市渝北区卫生健康委员会. A
/// heuristic over the form of names; an empty list for central bodies.
pub fn regions(name: &str) -> Vec<String> {
    let mut rest = name.trim();
    for party in ["中国共产党", "中共", "中国人民政治协商会议", "政协", "共青团"] {
        rest = rest.strip_prefix(party).unwrap_or(rest);
    }
    let mut found = Vec::new();
    while let Some((region, after)) = split_region(rest) {
        found.push(region);
        rest = after;
    }
    found.reverse();
    found
}

/// The first region and what follows it.
fn split_region(name: &str) -> Option<(String, &str)> {
    let (at, rank) = name.char_indices().skip(1).find(|(_, letter)| RANKS.contains(letter))?;
    let (region, after) = (&name[..at], &name[at + rank.len_utf8()..]);
    // 城乡建设局, 社区矫正管理局: words of duty that hold a rank's character. 盐城市 is a city all the same.
    let duty = (rank == '乡' && region.ends_with('城')) || (rank == '区' && region.ends_with('社'));
    if duty || after.is_empty() {
        return None;
    }
    // 延边朝鲜族自治州, 广西壮族自治区: the people's name is left out in a site's name.
    let short = match region.strip_suffix("自治") {
        Some(long) => long.chars().take(2).collect(),
        None if region.chars().nth(1).is_none() => format!("{region}{rank}"),
        None => region.to_owned(),
    };
    Some((short, after))
}

/// The last characters of divisions' names.
const RANKS: [char; 9] = ['省', '市', '县', '区', '旗', '盟', '州', '镇', '乡'];

fn letters(words: &str) -> String {
    words.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_brackets_do_not_matter() {
        assert!(contains("【清河县 人民政府】门户网站", "清河县人民政府"));
        assert!(contains("清河县农业农村局（清河县乡村振兴局）", "清河县农业农村局"));
        assert!(!contains("清河政务服务网", "清河县人民政府"));
        assert!(!contains("清河县人民政府", ""));
    }

    #[test]
    fn regions_stand_in_front() {
        assert_eq!(regions("重庆市渝北区卫生健康委员会"), ["渝北", "重庆"]);
        assert_eq!(regions("清河县市场监督管理局"), ["清河"]);
        assert_eq!(regions("广西壮族自治区人民政府"), ["广西"]);
        assert_eq!(regions("中共清河县委员会"), ["清河"]);
        assert_eq!(regions("清河县住房和城乡建设局"), ["清河"]);
        assert_eq!(regions("清河县城乡建设局"), ["清河"]);
        assert_eq!(regions("盐城市亭湖区社区矫正管理局"), ["亭湖", "盐城"]);
        assert_eq!(regions("忠县人民政府"), ["忠县"]);
        for none in ["财政部", "", "县", "自治区"] {
            assert_eq!(regions(none), [""; 0], "{none}");
        }
    }

    #[test]
    fn error_pages_name_no_site() {
        for title in ["", "404 Not Found", "首页", "502", "系统维护中"] {
            assert!(is_no_name(title), "{title}");
        }
        assert!(!is_no_name("清河三农网"));
    }
}
