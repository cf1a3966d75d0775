//! Patterns of STIX 2.1 (section 9), as far as they are comparisons of URLs, names and addresses.
//!
//! Invariant: a pattern says what it says or nothing: whatever is not understood makes all of it not understood.

/// The longest pattern that is read, in bytes, and the deepest brackets.
const LONGEST: usize = 16 << 10;
const DEEPEST: usize = 20;

/// Why a pattern is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotUsed {
    /// It is about other things, such as files.
    Other,
    /// It has operators beyond `=`, `IN`, `AND`, `OR`, or is damaged.
    NotUnderstood,
}

/// A value and how much it says: of what is joined by AND, the one that says most stands for all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    text: String,
    weight: u8,
}

/// The values any of which makes the pattern true, each once, in their order.
pub(super) fn values(pattern: &str) -> Result<Vec<String>, NotUsed> {
    if pattern.len() > LONGEST {
        return Err(NotUsed::NotUnderstood);
    }
    let mut reader = Reader { rest: pattern, depth: 0 };
    let found = reader.any(true).ok_or(NotUsed::NotUnderstood)?;
    if !reader.rest.trim_start().is_empty() {
        return Err(NotUsed::NotUnderstood);
    }
    let mut texts: Vec<String> = Vec::new();
    for value in found {
        if !texts.contains(&value.text) {
            texts.push(value.text);
        }
    }
    if texts.is_empty() { Err(NotUsed::Other) } else { Ok(texts) }
}

struct Reader<'p> {
    rest: &'p str,
    depth: usize,
}

impl<'p> Reader<'p> {
    /// `a OR b`: the values of both. `outside` tells observations (`[…]`) from comparisons. An alternative about other things adds nothing.
    fn any(&mut self, outside: bool) -> Option<Vec<Value>> {
        let mut values = self.all(outside)?;
        while self.word("OR") {
            values.extend(self.all(outside)?);
        }
        Some(values)
    }

    /// `a AND b`: the values of the side that says most.
    fn all(&mut self, outside: bool) -> Option<Vec<Value>> {
        let mut values = self.one(outside)?;
        while self.word("AND") || (outside && self.word("FOLLOWEDBY")) {
            let other = self.one(outside)?;
            let weight = |values: &[Value]| values.iter().map(|value| value.weight).min().unwrap_or(0);
            if weight(&other) > weight(&values) {
                values = other;
            }
        }
        Some(values)
    }

    fn one(&mut self, outside: bool) -> Option<Vec<Value>> {
        let within = |reader: &mut Self, outside: bool, end: &str| {
            reader.depth += 1;
            let values = if reader.depth > DEEPEST { None } else { reader.any(outside) };
            reader.depth -= 1;
            values.filter(|_| reader.sign(end))
        };
        if self.sign("(") {
            within(self, outside, ")")
        } else if !outside {
            self.comparison()
        } else if self.sign("[") {
            within(self, false, "]")
        } else {
            None
        }
    }

    /// `domain-name:value = 'x'` or `… IN ('x', 'y')`.
    fn comparison(&mut self) -> Option<Vec<Value>> {
        let path = self.path()?;
        let weight = match path {
            "url:value" => 3,
            "domain-name:value" => 2,
            "ipv4-addr:value" | "ipv6-addr:value" => 1,
            _ => 0,
        };
        let mut texts = Vec::new();
        if self.sign("==") || self.sign("=") {
            texts.push(self.literal()?);
        } else if self.word("IN") && self.sign("(") {
            texts.push(self.literal()?);
            while self.sign(",") {
                texts.push(self.literal()?);
            }
            if !self.sign(")") {
                return None;
            }
        } else {
            return None;
        }
        let is_range = |text: &String| weight == 1 && text.contains('/');
        let kept = texts.into_iter().filter(|text| weight > 0 && !is_range(text));
        Some(kept.map(|text| Value { text, weight }).collect())
    }

    fn path(&mut self) -> Option<&'p str> {
        let text = self.rest.trim_start();
        let mut is_quoted = false;
        let end = text.find(|character: char| {
            is_quoted ^= character == '\'';
            !is_quoted && (character.is_whitespace() || matches!(character, '=' | '!' | '<' | '>' | '(' | ')'))
        })?;
        let (path, rest) = text.split_at(end);
        self.rest = rest;
        path.contains(':').then_some(path)
    }

    /// A text in quotes, or a bare number or truth value.
    fn literal(&mut self) -> Option<String> {
        let text = self.rest.trim_start();
        let Some(inner) = text.strip_prefix('\'') else {
            let end =
                text.find(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+')))?;
            let (bare, rest) = text.split_at(end);
            self.rest = rest;
            return (!bare.is_empty()).then(|| bare.to_owned());
        };
        let mut value = String::new();
        let mut characters = inner.char_indices();
        while let Some((place, character)) = characters.next() {
            match character {
                '\'' => {
                    self.rest = inner.get(place + 1..)?;
                    return Some(value);
                }
                '\\' => value.push(characters.next()?.1),
                other => value.push(other),
            }
        }
        None
    }

    fn sign(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self, word: &str) -> bool {
        let text = self.rest.trim_start();
        let rest = text.strip_prefix(word).filter(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'));
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comparisons_give_their_values() {
        let read = |pattern: &str| values(pattern).map(|values| values.join(" "));
        assert_eq!(read("[url:value = 'http://a.cn/\\'x']").as_deref(), Ok("http://a.cn/'x"));
        assert_eq!(
            read("[domain-name:value='a.cn' OR ipv4-addr:value IN ('192.0.2.1','192.0.2.2')]").as_deref(),
            Ok("a.cn 192.0.2.1 192.0.2.2")
        );
        assert_eq!(read("[domain-name:value = 'a.cn'] OR [domain-name:value = 'a.cn' ]").as_deref(), Ok("a.cn"));
        // Of what holds together, the one that says most: the other alone would say too much.
        assert_eq!(read("[ipv4-addr:value = '192.0.2.1' AND domain-name:value = 'a.cn']").as_deref(), Ok("a.cn"));
        assert_eq!(read("[(url:value = 'http://a.cn/') AND network-traffic:dst_port = 80]").as_deref(), Ok("http://a.cn/"));
        assert_eq!(read("[file:hashes.'SHA-256' = 'aa' OR domain-name:value = 'a.cn']").as_deref(), Ok("a.cn"));
    }

    #[test]
    fn the_rest_is_not_used() {
        assert_eq!(values("[file:hashes.'SHA-256' = 'aa']"), Err(NotUsed::Other));
        assert_eq!(values("[ipv4-addr:value = '192.0.2.0/24']"), Err(NotUsed::Other));
        for pattern in [
            "",
            "[",
            "[url:value = 'x'",
            "[url:value LIKE 'x%']",
            "[url:value != 'x']",
            "[NOT url:value = 'x']",
            "[url:value = 'x'] REPEATS 5 TIMES",
            "[url:value NOT = 'x']",
            "url:value = 'x'",
        ] {
            assert_eq!(values(pattern), Err(NotUsed::NotUnderstood), "{pattern}");
        }
        assert_eq!(values(&format!("{}url:value='x'", "(".repeat(10_000))), Err(NotUsed::NotUnderstood));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(pattern in "(\\[|\\]|url:value|domain-name:value| = |'a.cn'| IN |\\(|\\)| AND | OR |\\\\|\\PC){0,30}") {
            let _ = values(&pattern);
        }
    }
}
