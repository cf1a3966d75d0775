//! Regular expressions of other languages, rewritten for the `regex` crate.
//!
//! Invariant: what comes out means the same on ASCII text, or the pattern is refused with a reason. Look-around and back references are
//! refused, since they cannot be matched in linear time.

/// Rewrites a JavaScript, Python, Ruby or Go pattern.
///
/// # Errors
/// Says what cannot be expressed.
pub(crate) fn translate(pattern: &str) -> Result<String, &'static str> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        let rest = &chars[at..];
        match char {
            '\\' => at += escape(rest, false, &mut out)?,
            '[' => at += class(rest, &mut out)?,
            '(' if rest.starts_with(&['(', '?']) => at += group(rest, &mut out)?,
            // A brace that begins no quantifier stands for itself.
            '{' if !is_quantifier(rest) => {
                out.push_str("\\{");
                at += 1;
            }
            _ => {
                out.push(char);
                at += 1;
            }
        }
    }
    Ok(out)
}

/// Copies the head of a group, `(?…`, and tells its length.
fn group(rest: &[char], out: &mut String) -> Result<usize, &'static str> {
    match (rest.get(2), rest.get(3)) {
        (Some('=' | '!'), _) => Err("look-ahead"),
        (Some('<'), Some('=' | '!')) => Err("look-behind"),
        (Some('>'), _) => Err("atomic group"),
        (Some('P'), Some('=')) => Err("back reference"),
        _ => {
            out.push_str("(?");
            Ok(2)
        }
    }
}

/// Whether `{2}`, `{2,}` or `{2,3}` begins here.
fn is_quantifier(rest: &[char]) -> bool {
    let Some(end) = rest.iter().take(16).position(|char| *char == '}') else { return false };
    let inner: String = rest[1..end].iter().collect();
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    !low.is_empty() && low.bytes().chain(high.bytes()).all(|byte| byte.is_ascii_digit())
}

/// Copies one escape and tells how many characters it took.
fn escape(rest: &[char], in_class: bool, out: &mut String) -> Result<usize, &'static str> {
    let Some(&char) = rest.get(1) else { return Err("ends in a backslash") };
    let hexadecimal = |count: usize| rest.len() >= 2 + count && rest[2..2 + count].iter().all(char::is_ascii_hexdigit);
    match char {
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'n' | 'r' | 't' | 'f' | 'v' => out.extend(['\\', char]),
        'b' if in_class => out.push_str("\\x08"),
        'b' | 'B' | 'A' | 'z' if !in_class => out.extend(['\\', char]),
        'Z' if !in_class => out.push_str("\\n?\\z"),
        '0' => out.push_str("\\x00"),
        '1'..='9' => return Err("back reference"),
        'k' if rest.get(2) == Some(&'<') => return Err("back reference"),
        'x' if hexadecimal(2) => {
            out.extend(&rest[..4]);
            return Ok(4);
        }
        'u' if hexadecimal(4) => {
            out.extend(&rest[..6]);
            return Ok(6);
        }
        'x' if rest.get(2) == Some(&'{') => out.push_str("\\x"),
        'p' | 'P' if rest.get(2) == Some(&'{') => return Err("Unicode property"),
        _ if char.is_ascii_punctuation() && !matches!(char, '<' | '>') => out.extend(['\\', char]),
        // An escape without a meaning stands for its character.
        _ => out.push(char),
    }
    Ok(2)
}

/// Copies a bracketed class and tells its length.
fn class(rest: &[char], out: &mut String) -> Result<usize, &'static str> {
    let negated = rest.get(1) == Some(&'^');
    let mut at = 1 + usize::from(negated);
    if rest.get(at) == Some(&']') {
        // `[]` never matches and `[^]` always does.
        out.push_str(if negated { "[\\s\\S]" } else { "[^\\s\\S]" });
        return Ok(at + 1);
    }
    out.push_str(if negated { "[^" } else { "[" });
    let mut after_shorthand = false;
    loop {
        let Some(&char) = rest.get(at) else { return Err("class without an end") };
        let shorthand_next = rest.get(at + 1) == Some(&'\\') && rest.get(at + 2).is_some_and(|char| "dDwWsS".contains(*char));
        let was_shorthand = std::mem::take(&mut after_shorthand);
        match char {
            ']' => {
                out.push(']');
                return Ok(at + 1);
            }
            '\\' => {
                after_shorthand = rest.get(at + 1).is_some_and(|char| "dDwWsS".contains(*char));
                at += escape(&rest[at..], true, out)?;
                continue;
            }
            '[' if rest.get(at + 1) == Some(&':') => {
                // A POSIX class, `[:alpha:]`, is copied as it is.
                let Some(end) = rest[at..].windows(2).position(|pair| pair == [':', ']']) else {
                    return Err("class without an end");
                };
                out.extend(&rest[at..at + end + 2]);
                at += end + 2;
                continue;
            }
            '[' | '&' | '~' => out.extend(['\\', char]),
            '-' if was_shorthand || shorthand_next || rest.get(at + 1) == Some(&'-') => out.push_str("\\-"),
            _ => out.push(char),
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    fn found(pattern: &str, text: &str) -> bool {
        regex::Regex::new(&translate(pattern).expect("a pattern")).expect("a regex").is_match(text)
    }

    #[test]
    fn dialect_differences_keep_their_meaning() {
        assert!(found("a\\/b", "a/b"));
        assert!(found("^[^]+$", "any\nthing"));
        assert!(!found("[]", "x"));
        assert!(found("^[\\w-.]+$", "a-b.c"));
        assert!(found("^[[&~]+$", "[&~"));
        assert!(found("{x}", "{x}"));
        assert!(found("^a{2,}$", "aaa"));
        assert!(found("a{,3}", "a{,3}"));
        assert!(found("\\<b\\>", "<b>"));
        assert!(found("\\i\\_", "i_"));
        assert!(found("(?<year>\\d{4})", "2026"));
        assert!(found("\\u4e2d", "中"));
    }

    #[test]
    fn what_is_not_linear_is_refused() {
        for (pattern, reason) in [
            ("a(?=b)", "look-ahead"),
            ("a(?!b)", "look-ahead"),
            ("(?<!a)b", "look-behind"),
            ("(a)\\1", "back reference"),
            ("a\\", "ends in a backslash"),
            ("[a", "class without an end"),
        ] {
            assert_eq!(translate(pattern), Err(reason), "{pattern}");
        }
    }
}
