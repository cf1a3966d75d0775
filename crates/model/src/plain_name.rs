//! Names of bodies in a form by which different spellings of one name are recognised.

/// The letters and digits of a name alone: full width made half width, letters small, blanks, brackets and punctuation dropped.
pub fn plain(name: &str) -> String {
    name.chars().map(half_width).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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

/// Full-width ASCII (U+FF01 to U+FF5E) as ASCII.
pub fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name() {
        assert_eq!(plain("清河县 人民政府"), "清河县人民政府");
        assert_eq!(plain("Ｑｉｎｇｈｅ（清河）"), plain("QINGHE(清河)"));
        assert_eq!(without_brackets("清河县农业农村局（清河县乡村振兴局）"), "清河县农业农村局");
        assert_eq!(without_brackets("清河(a(b)c)局"), "清河局");
        assert_eq!(without_brackets("清河)局"), "清河局");
    }
}
