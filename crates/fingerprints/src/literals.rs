//! What must stand in a text for a pattern to match there: literals derived from the pattern, for the prefilter.
//!
//! Invariant: if a pattern matches a text, at least one of its literals stands in that text, ASCII case aside.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How many literals may stand for one pattern.
const MOST: usize = 24;

/// Texts that stand in nearly every page, so that they tell nothing.
const COMMON: [&str; 40] = [
    "https://",
    "http://",
    "://www.",
    ".min.js",
    "<script type=\"text/javascript\" src=",
    "</script>",
    "content=\"",
    ".com/",
    "/static/",
    "/assets/",
    "function",
    "stylesheet",
    "<title>",
    "</title>",
    "<meta name=\"generator\"",
    "/scripts/",
    "<link rel=\"stylesheet\"",
    "href=\"",
    "<a href=",
    "<div class=\"",
    "<div id=\"",
    "<img src=\"",
    "</head>",
    "<body>",
    "</body>",
    "</html>",
    "<html lang=\"",
    "<!doctype html",
    "charset=utf-8",
    "text/css",
    ".css",
    ".png",
    ".html",
    "target=\"_blank\"",
    "document.",
    "window.",
    "<span",
    "<input type=\"hidden\" name=\"",
    "width=",
    "copyright",
];

/// Texts of which at least one must stand.
pub(crate) type Literals = Vec<Vec<u8>>;

/// What is known of an expression.
#[derive(Default)]
struct Known {
    /// Every text it can match, where these are few.
    exact: Option<Literals>,
    /// Texts of which every match holds at least one.
    needed: Option<Literals>,
}

impl Known {
    fn best(self) -> Option<Literals> {
        better(self.exact, self.needed)
    }
}

/// The literals of which every match holds at least one, each at least `least` bytes long and in lower case; `None` where there are none.
pub(crate) fn required(hir: &Hir, least: usize) -> Option<Literals> {
    let literals = known(hir).best()?;
    literals.iter().all(|literal| literal.len() >= least).then_some(literals)
}

/// The most telling of several texts that all stand where something matches, in lower case.
pub(crate) fn most_telling(texts: impl Iterator<Item = String>) -> Option<Vec<u8>> {
    texts.map(|text| vec![text.to_ascii_lowercase().into_bytes()]).max_by_key(worth).map(|mut only| only.remove(0))
}

/// How telling a set of literals is: that of its least telling member.
fn worth(literals: &Literals) -> usize {
    let holds = |text: &[u8], part: &[u8]| !part.is_empty() && text.windows(part.len()).any(|window| window == part);
    let worth = |literal: &Vec<u8>| {
        if COMMON.iter().any(|common| holds(common.as_bytes(), literal)) {
            return literal.len().min(2);
        }
        let common = COMMON.iter().filter(|common| holds(literal, common.as_bytes())).map(|common| common.len()).max();
        (literal.len() - common.unwrap_or(0)).min(16)
    };
    literals.iter().map(worth).min().unwrap_or(0)
}

fn better(one: Option<Literals>, other: Option<Literals>) -> Option<Literals> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let rank = |literals: &Literals| (worth(literals), usize::MAX - literals.len());
            Some(if rank(&one) >= rank(&other) { one } else { other })
        }
        (one, other) => one.or(other),
    }
}

fn known(hir: &Hir) -> Known {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Known { exact: Some(vec![Vec::new()]), needed: None },
        HirKind::Literal(literal) => Known { exact: Some(vec![literal.0.to_ascii_lowercase()]), needed: None },
        HirKind::Class(class) => Known { exact: members(class), needed: None },
        HirKind::Capture(capture) => known(&capture.sub),
        HirKind::Repetition(repetition) => match (repetition.min, repetition.max) {
            (0, Some(1)) => {
                let exact = known(&repetition.sub).exact.map(|mut exact| {
                    exact.push(Vec::new());
                    exact
                });
                Known { exact: exact.filter(|exact| exact.len() <= 4), needed: None }
            }
            (0, _) => Known::default(),
            (1, Some(1)) => known(&repetition.sub),
            _ => Known { exact: None, needed: known(&repetition.sub).best() },
        },
        HirKind::Concat(parts) => concatenation(parts),
        HirKind::Alternation(parts) => alternation(parts),
    }
}

/// The members of a small class, in lower case.
fn members(class: &Class) -> Option<Literals> {
    let mut members: Literals = class.literal().map(|literal| vec![literal]).unwrap_or_default();
    if members.is_empty() {
        match class {
            Class::Unicode(class) => {
                for range in class.iter() {
                    if range.len() > 4 {
                        return None;
                    }
                    members.extend((range.start()..=range.end()).map(|char| char.to_string().into_bytes()));
                }
            }
            Class::Bytes(class) => {
                for range in class.iter() {
                    if range.len() > 4 {
                        return None;
                    }
                    members.extend((range.start()..=range.end()).map(|byte| vec![byte]));
                }
            }
        }
    }
    members.iter_mut().for_each(|member| member.make_ascii_lowercase());
    members.sort();
    members.dedup();
    (members.len() <= 4).then_some(members)
}

fn concatenation(parts: &[Hir]) -> Known {
    let mut run: Literals = vec![Vec::new()];
    let mut needed = None;
    let mut whole = true;
    for part in parts {
        let part = known(part);
        match part.exact {
            Some(exact) if run.len() * exact.len() <= MOST => {
                run = run.iter().flat_map(|head| exact.iter().map(move |tail| [head.as_slice(), tail].concat())).collect();
            }
            exact => {
                whole = false;
                needed = better(needed, better(Some(std::mem::replace(&mut run, vec![Vec::new()])), part.needed));
                run = exact.unwrap_or(run);
            }
        }
    }
    if whole { Known { exact: Some(run), needed: None } } else { Known { exact: None, needed: better(needed, Some(run)) } }
}

fn alternation(parts: &[Hir]) -> Known {
    let parts: Vec<Known> = parts.iter().map(known).collect();
    let exact = parts.iter().all(|part| part.exact.is_some());
    let union: Option<Vec<Literals>> = parts.into_iter().map(Known::best).collect();
    let union = union.map(|union| union.concat()).filter(|union| union.len() <= MOST);
    if exact { Known { exact: union, needed: None } } else { Known { exact: None, needed: union } }
}

#[cfg(test)]
mod tests {
    use super::required;

    fn literals(pattern: &str) -> Option<Vec<String>> {
        let hir = regex_syntax::Parser::new().parse(pattern).expect("a pattern");
        required(&hir, 3).map(|set| set.into_iter().map(|literal| String::from_utf8(literal).expect("text")).collect())
    }

    #[test]
    fn the_most_telling_literals_are_taken() {
        let of = |pattern| literals(pattern).unwrap_or_default();
        assert_eq!(of("https://[^/]+\\.ab\\.cn/"), [".ab.cn/"]);
        assert_eq!(of("Powered by (?:Foo|Bar)"), ["powered by foo", "powered by bar"]);
        assert_eq!(of("x+jque(?:ry)?"), ["jquery", "jque"]);
        assert_eq!(of("wp-[ab]x"), ["wp-ax", "wp-bx"]);
        assert_eq!(of("(?:abc)+\\d"), ["abc"]);
        assert_eq!(literals("[a-z]+\\d*"), None);
        assert_eq!(literals("abc|\\d+"), None);
        assert_eq!(literals("(?:abcdef)?x"), None);
    }
}
