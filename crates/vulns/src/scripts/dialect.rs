//! Regular expressions of JavaScript, rewritten for Rust's engines.
//!
//! Invariant: what comes out means the same on ASCII text, or the pattern is refused with a reason.

/// The repository's placeholder for a version.
const PLACEHOLDER: &str = "§§version§§";
/// What it stands for.
const VERSION: &str = r"[0-9][0-9.a-z_\-]+";

/// A pattern rewritten.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// The pattern itself.
    pub exact: String,
    /// For a pattern with look-around or back references: one without them, which matches wherever the exact one does.
    pub wider: Option<String>,
}

/// Rewrites a pattern.
///
/// # Errors
/// Says what cannot be expressed.
pub(super) fn rewrite(pattern: &str) -> Result<Rewritten, &'static str> {
    let chars: Vec<char> = pattern.replace(PLACEHOLDER, VERSION).chars().collect();
    let mut writer = Writer::default();
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        let rest = &chars[at..];
        at += match char {
            '\\' => writer.escape(rest)?,
            '[' => writer.class(rest)?,
            '(' => writer.open(rest),
            ')' => writer.close()?,
            // A brace that bounds no quantifier stands for itself.
            '{' => match quantifier(rest) {
                Some(length) => writer.both(rest.iter().take(length).collect::<String>().as_str(), length),
                None => writer.both("\\{", 1),
            },
            '}' => writer.both("\\}", 1),
            _ => writer.both(char.encode_utf8(&mut [0; 4]), 1),
        };
    }
    if writer.open.is_empty() { Ok(writer.finish()) } else { Err("a group does not end") }
}

/// The length of `{2}`, `{2,}` or `{2,3}`, if one begins here.
fn quantifier(rest: &[char]) -> Option<usize> {
    let end = rest.iter().take(16).position(|char| *char == '}')?;
    let inner: String = rest.get(1..end)?.iter().collect();
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    (!low.is_empty() && low.bytes().chain(high.bytes()).all(|byte| byte.is_ascii_digit())).then_some(end + 1)
}

/// A group that has begun.
struct Group {
    /// Its number, if it captures.
    number: Option<usize>,
    /// Where it began in the wider pattern.
    began: usize,
    /// Whether it looks around: the wider pattern leaves it out.
    looks: bool,
}

/// Both patterns while they are written.
#[derive(Default)]
struct Writer {
    exact: String,
    wider: String,
    differs: bool,
    open: Vec<Group>,
    /// What stands in each capturing group in the wider pattern.
    groups: Vec<String>,
}

impl Writer {
    /// Writes to both; `taken` characters were read for it.
    fn both(&mut self, text: &str, taken: usize) -> usize {
        self.exact.push_str(text);
        self.wider.push_str(text);
        taken
    }

    fn escape(&mut self, rest: &[char]) -> Result<usize, &'static str> {
        let Some(&char) = rest.get(1) else { return Err("ends in a backslash") };
        match char {
            '1'..='9' => {
                let number = char as usize - '0' as usize;
                let group = self.groups.get(number - 1).cloned().unwrap_or_default();
                self.exact.push_str(&format!("\\{number}"));
                self.wider.push_str(&format!("(?:{group})"));
                self.differs = true;
                Ok(2)
            }
            _ => escaped(rest, false).map(|(text, taken)| self.both(&text, taken)),
        }
    }

    /// A class in brackets, in which Rust knows set operations and nested classes that JavaScript does not.
    fn class(&mut self, rest: &[char]) -> Result<usize, &'static str> {
        let negated = rest.get(1) == Some(&'^');
        let mut at = 1 + usize::from(negated);
        if rest.get(at) == Some(&']') {
            // `[^]` is anything, `[]` nothing.
            return if negated { Ok(self.both(r"[\s\S]", at + 1)) } else { Err("an empty class") };
        }
        let mut text = String::from(if negated { "[^" } else { "[" });
        loop {
            match rest.get(at) {
                None => return Err("a class does not end"),
                Some(']') => break,
                Some('\\') => {
                    let (escaped, taken) = escaped(&rest[at..], true)?;
                    text.push_str(&escaped);
                    at += taken;
                }
                Some(char) => {
                    if matches!(char, '[' | '&' | '~') || *char == '-' && rest.get(at + 1) == Some(&'-') {
                        text.push('\\');
                    }
                    text.push(*char);
                    at += 1;
                }
            }
        }
        text.push(']');
        Ok(self.both(&text, at + 1))
    }

    fn open(&mut self, rest: &[char]) -> usize {
        let head: String = rest.iter().take(4).collect();
        let looks = ["(?=", "(?!", "(?<=", "(?<!"].iter().find(|look| head.starts_with(**look));
        if let Some(look) = looks {
            self.open.push(Group { number: None, began: self.wider.len(), looks: true });
            self.exact.push_str(look);
            self.differs = true;
            return look.len();
        }
        let captures = !head.starts_with("(?") || head.starts_with("(?<");
        let number = captures.then(|| {
            self.groups.push(String::new());
            self.groups.len() - 1
        });
        self.open.push(Group { number, began: self.wider.len(), looks: false });
        self.both("(", 1)
    }

    fn close(&mut self) -> Result<usize, &'static str> {
        let Some(group) = self.open.pop() else { return Err("a group ends that did not begin") };
        self.exact.push(')');
        if group.looks {
            self.wider.truncate(group.began);
        } else {
            if let Some(inner) = group.number.and_then(|number| self.groups.get_mut(number)) {
                *inner = self.wider.get(group.began + 1..).unwrap_or_default().to_owned();
            }
            self.wider.push(')');
        }
        Ok(1)
    }

    fn finish(self) -> Rewritten {
        Rewritten { exact: self.exact, wider: self.differs.then_some(self.wider) }
    }
}

/// An escape and how many characters it takes.
fn escaped(rest: &[char], in_class: bool) -> Result<(String, usize), &'static str> {
    let Some(&char) = rest.get(1) else { return Err("ends in a backslash") };
    let hexadecimal = |count: usize| rest.get(2..2 + count).is_some_and(|digits| digits.iter().all(char::is_ascii_hexdigit));
    Ok(match char {
        'b' if in_class => ("\\x08".into(), 2),
        '0' => ("\\x00".into(), 2),
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'n' | 'r' | 't' | 'f' | 'v' => (format!("\\{char}"), 2),
        'x' if hexadecimal(2) => (rest[..4].iter().collect(), 4),
        'u' if hexadecimal(4) => (rest[..6].iter().collect(), 6),
        // Any other escaped character stands for itself.
        _ if char.is_ascii_punctuation() && !matches!(char, '<' | '>' | '_') => (format!("\\{char}"), 2),
        _ => (char.to_string(), 2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(pattern: &str) -> String {
        rewrite(pattern).expect(pattern).exact
    }

    #[test]
    fn what_both_languages_write_alike_stays() {
        assert_eq!(exact("/\\*!? jQuery v(§§version§§)"), r"/\*!? jQuery v([0-9][0-9.a-z_\-]+)");
        assert_eq!(exact(r"a{2}b{1,3}c{4,}\/\.(?:x|y)$"), r"a{2}b{1,3}c{4,}\/\.(?:x|y)$");
    }

    #[test]
    fn what_rust_reads_otherwise_is_escaped() {
        assert_eq!(exact("={jquery:}"), r"=\{jquery:\}");
        assert_eq!(exact(r"[[a&&b--]x[^]\_\<\@\u0041"), r"[\[a\&\&b\--]x[\s\S]_<\@\u0041");
    }

    #[test]
    fn the_wider_pattern_has_neither_look_around_nor_back_references() {
        let rewritten = rewrite(r#"="(§§version§§)(?<=[0-9]\.(x))",.(.)\.fn=(\3)"#).expect("a pattern");
        assert_eq!(rewritten.exact, r#"="([0-9][0-9.a-z_\-]+)(?<=[0-9]\.(x))",.(.)\.fn=(\3)"#);
        assert_eq!(rewritten.wider.as_deref(), Some(r#"="([0-9][0-9.a-z_\-]+)",.(.)\.fn=((?:.))"#));
        assert_eq!(rewrite("(a)(?!b(c))d").expect("a pattern").wider.as_deref(), Some("(a)d"));
        assert_eq!(rewrite("a").expect("a pattern").wider, None);
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["(a", "a)", "[a", "[]", "a\\", "[a\\"] {
            assert!(rewrite(pattern).is_err(), "{pattern}");
        }
    }
}
