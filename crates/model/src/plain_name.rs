//! Names in the forms by which different spellings of one name are recognised: the one home of them.
//!
//! There are two, and they must differ. [`institution`] is a key: what has one is one, so it keeps all that could tell two bodies apart.
//! [`plain`] compares what is known to be near already (the words of one page, a register's entry with its own institution, names in a list),
//! so it keeps letters alone; whoever compares institutions by it takes [`institution`] first.

/// The letters and digits of a name alone: full width made half width, letters small, blanks, brackets and punctuation dropped.
pub fn plain(name: &str) -> String {
    name.chars().map(half_width).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The longest plain name in characters; longer ones are no names, and their end is cut.
const LONGEST: usize = 120;

/// A name in the form under which institutions without a code are filed. Idempotent.
///
/// It removes what never tells two institutions apart (width, blanks, punctuation, the two spellings of party names) and nothing else.
/// Brackets stay with what is in them, since 清河县教育局（体育局） is not just any 清河县教育局; places stay, since a name without its place is
/// another name; 人民政府办公室 and 人民政府 stay apart, and so do 办公室 and 办公厅.
///
/// Half width, lower case, round brackets, one kind of dash; without blanks, dots, commas, quotes and characters that cannot be seen;
/// without a final （本级）, which accounts put behind an organ's own name; 中国共产党… as 中共…, 中共…县委员会 as 中共…县委,
/// 中国人民政治协商会议… as 政协…, 中国共产主义青年团… as 共青团….
pub fn institution(name: &str) -> String {
    let mut folded: String = name.chars().filter_map(fold).take(LONGEST).collect();
    while let Some(empty) = folded.find("()") {
        folded.replace_range(empty..empty + 2, "");
    }
    while let Some(own) = ["(本级)", "(机关本级)"].iter().find_map(|tail| folded.strip_suffix(tail)) {
        folded.truncate(own.len());
    }
    for (long, short) in PARTIES {
        if folded.starts_with(long) {
            folded.replace_range(..long.len(), short);
        }
    }
    if folded.starts_with("中共") {
        while let Some(committee) = COMMITTEES.iter().find_map(|long| folded.find(long).map(|at| at + "县委".len())) {
            folded.replace_range(committee..committee + "员会".len(), "");
        }
    }
    folded
}

/// The two spellings of the same bodies, at the beginning of names.
const PARTIES: [(&str, &str); 3] = [("中国共产党", "中共"), ("中国人民政治协商会议", "政协"), ("中国共产主义青年团", "共青团")];

/// How the party committee of a place ends; other committees (纪律检查委员会, 工作委员会) have no place before them.
const COMMITTEES: [&str; 9] =
    ["省委员会", "市委员会", "县委员会", "区委员会", "旗委员会", "州委员会", "盟委员会", "乡委员会", "镇委员会"];

fn fold(character: char) -> Option<char> {
    Some(match half_width(character) {
        invisible if invisible.is_whitespace() || invisible.is_control() => return None,
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => {
            return None;
        }
        '·' | '•' | '・' | '･' | '‧' | '∙' | '⋅' | '.' | '。' | '｡' | ',' | '、' | '､' | '﹑' | ';' | ':' | '"' | '\'' | '`' =>
        {
            return None;
        }
        '“' | '”' | '‘' | '’' | '「' | '」' | '『' | '』' | '《' | '》' | '〈' | '〉' | '*' | '_' => return None,
        '〔' | '【' | '[' | '{' | '﹙' | '﹝' | '〖' | '⟨' => '(',
        '〕' | '】' | ']' | '}' | '﹚' | '﹞' | '〗' | '⟩' => ')',
        '—' | '–' | '―' | '‐' | '‑' | '−' | '－' => '-',
        other => other.to_ascii_lowercase(),
    })
}

/// The name without what stands in brackets: a second name plate (加挂牌子), a place, a note.
pub fn without_brackets(name: &str) -> String {
    let mut depth = 0_usize;
    let outside = |letter: &char| match half_width(*letter) {
        '(' | '[' | '【' | '〔' => {
            depth += 1;
            false
        }
        ')' | ']' | '】' | '〕' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    };
    name.chars().filter(outside).collect()
}

/// The character with its full-width form (U+FF01 to U+FF5E, U+3000) replaced by the half-width one.
pub fn half_width(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name() {
        assert_eq!(plain("清河县 人民政府"), "清河县人民政府");
        assert_eq!(plain("Ｑｉｎｇｈｅ（清河）"), plain("QINGHE(清河)"));
        assert_eq!(without_brackets("清河县农业农村局（清河县乡村振兴局）"), "清河县农业农村局");
        assert_eq!(without_brackets("清河(a(b)c)局"), "清河局");
        assert_eq!(without_brackets("清河)局"), "清河局");
    }

    #[test]
    fn one_institution_in_many_spellings() {
        for (written, expected) in [
            ("清河县 教育局", "清河县教育局"),
            ("清河县教育局（本级）", "清河县教育局"),
            ("清河县教育局【体育局】", "清河县教育局(体育局)"),
            ("ＡＢＣ　研究所", "abc研究所"),
            ("克孜勒苏・柯尔克孜自治州", "克孜勒苏柯尔克孜自治州"),
            ("中国共产党清河县委员会", "中共清河县委"),
            ("中共清河县委", "中共清河县委"),
            ("中国共产党清河县委员会宣传部", "中共清河县委宣传部"),
            ("中共清河县纪律检查委员会", "中共清河县纪律检查委员会"),
            ("中国人民政治协商会议清河县委员会", "政协清河县委员会"),
            ("中国—东盟博览会秘书处", "中国-东盟博览会秘书处"),
            ("清河\u{200b}县()", "清河县"),
        ] {
            assert_eq!(institution(written), expected, "{written}");
        }
    }

    proptest! {
        #[test]
        fn forms_are_idempotent(name in "((中国共产党|中共|县委员会|员会|县委|\\(|\\)|（本级）|（|）|[ -~]|\\PC){0,20})") {
            let once = institution(&name);
            prop_assert_eq!(institution(&once), once.clone());
            prop_assert!(once.chars().count() <= LONGEST);
            prop_assert_eq!(plain(&plain(&name)), plain(&name));
        }
    }
}
