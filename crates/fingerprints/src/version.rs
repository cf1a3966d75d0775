//! Version templates: `\1`, `v\1.\2`, and the ternary `\1?new:old`.
//!
//! Invariant: what comes out is bounded and holds no control character.

/// A version longer than this (in characters) is a mistake of the pattern and dropped.
const LONGEST: usize = 40;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
    /// The group, what to say when it took part in the match, and what when not.
    Choice(usize, Template, Template),
}

impl Template {
    /// Reads a template. Every text is one.
    pub(crate) fn new(text: &str) -> Template {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            let Some(group) = after.chars().next().and_then(|digit| digit.to_digit(10)) else {
                parts.push(Part::Text(rest[..=at].to_owned()));
                rest = after;
                continue;
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            rest = &after[1..];
            let choice = rest.strip_prefix('?').and_then(|choice| choice.split_once(':'));
            if let Some((yes, no)) = choice {
                // A ternary reaches to the end of the template.
                parts.push(Part::Choice(group as usize, Template::new(yes), Template::new(no)));
                return Template(parts);
            }
            parts.push(Part::Group(group as usize));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Template(parts)
    }

    /// The version, given what each group matched.
    pub(crate) fn fill<'t>(&self, group: &impl Fn(usize) -> Option<&'t str>) -> Option<String> {
        let mut filled = String::new();
        self.write(group, &mut filled);
        let version = filled.trim();
        let sound = !version.is_empty() && version.chars().count() <= LONGEST && !version.chars().any(char::is_control);
        sound.then(|| version.to_owned())
    }

    fn write<'t>(&self, group: &impl Fn(usize) -> Option<&'t str>, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(number) => out.push_str(group(*number).unwrap_or_default()),
                Part::Choice(number, yes, no) => {
                    let taken = group(*number).is_some_and(|text| !text.is_empty());
                    if taken { yes.write(group, out) } else { no.write(group, out) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    fn fill(template: &str, groups: &[&str]) -> Option<String> {
        Template::new(template).fill(&|number| groups.get(number.wrapping_sub(1)).copied().filter(|text| !text.is_empty()))
    }

    #[test]
    fn groups_text_and_ternaries() {
        assert_eq!(fill("\\1", &["1.2"]).as_deref(), Some("1.2"));
        assert_eq!(fill("\\1.\\2", &["4", "7"]).as_deref(), Some("4.7"));
        assert_eq!(fill("\\1?UA:", &["x"]).as_deref(), Some("UA"));
        assert_eq!(fill("\\1?UA:", &[""]), None);
        assert_eq!(fill("\\1?\\1:\\2", &["", "3"]).as_deref(), Some("3"));
        assert_eq!(fill("fixed", &[]).as_deref(), Some("fixed"));
        assert_eq!(fill("\\1", &["a\u{7}b"]), None);
        assert_eq!(fill("\\1", &[&"9".repeat(99)]), None);
        assert_eq!(fill("\\x\\", &[]).as_deref(), Some("\\x\\"));
    }
}
