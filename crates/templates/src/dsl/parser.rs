//! Reads expressions: by descent, one function a level of binding.

use super::functions::{Function, UNREPEATABLE};
use super::{Comparison, Node, Sign, Text, Unread, Value};
use crate::pattern::Pattern;

/// Longest expression, in bytes.
const LONGEST: usize = 16 << 10;
/// Deepest nesting.
const DEEPEST: usize = 24;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Number(f64),
    Name(String),
    Sign(&'static str),
}

/// The signs, longer ones first.
const SIGNS: [&str; 19] = ["&&", "||", "==", "!=", "<=", ">=", "=~", "!~", "<", ">", "!", "(", ")", ",", "+", "-", "*", "&", "|"];

/// Reads an expression.
pub(super) fn parse(source: &str) -> Result<Node, Unread> {
    if source.len() > LONGEST {
        return Err(Unread::Words(format!("an expression longer than {LONGEST} bytes")));
    }
    let mut parser = Parser { tokens: tokens(source)?, at: 0, depth: 0 };
    let node = parser.either()?;
    match parser.tokens.get(parser.at) {
        None => Ok(node),
        Some(token) => Err(unexpected(token)),
    }
}

fn unexpected(token: &Token) -> Unread {
    Unread::Words(format!("unexpected {token:?}"))
}

fn tokens(source: &str) -> Result<Vec<Token>, Unread> {
    let mut tokens = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '\'' => text(rest, first)?,
            '0'..='9' => number(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest.find(|next: char| !(next.is_ascii_alphanumeric() || next == '_')).unwrap_or(rest.len());
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => return Err(Unread::Words(format!("unexpected {first:?}"))),
            },
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A quoted text. A backslash makes the next character stand for itself.
fn text(rest: &str, quote: char) -> Result<(Token, usize), Unread> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            _ if char == quote => return Ok((Token::Text(text), at + 1)),
            _ => text.push(char),
        }
    }
    Err(Unread::Words("a text without an end".to_owned()))
}

fn number(rest: &str) -> Result<(Token, usize), Unread> {
    let length = rest.find(|next: char| !(next.is_ascii_alphanumeric() || next == '.')).unwrap_or(rest.len());
    match rest[..length].parse() {
        Ok(number) => Ok((Token::Number(number), length)),
        Err(_) => Err(Unread::Words(format!("{}: not a number", &rest[..length]))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn take(&mut self, sign: &str) -> bool {
        let taken = matches!(self.tokens.get(self.at), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(taken);
        taken
    }

    fn need(&mut self, sign: &str) -> Result<(), Unread> {
        if self.take(sign) { Ok(()) } else { Err(Unread::Words(format!("{sign} is missing"))) }
    }

    fn either(&mut self) -> Result<Node, Unread> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Unread::Words(format!("an expression deeper than {DEEPEST}")));
        }
        let mut nodes = vec![self.both()?];
        while self.take("||") {
            nodes.push(self.both()?);
        }
        self.depth -= 1;
        Ok(only(nodes, Node::Either))
    }

    fn both(&mut self) -> Result<Node, Unread> {
        let mut nodes = vec![self.compared()?];
        while self.take("&&") {
            nodes.push(self.compared()?);
        }
        Ok(only(nodes, Node::Both))
    }

    fn compared(&mut self) -> Result<Node, Unread> {
        const COMPARISONS: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let left = self.sum()?;
        for (sign, negative) in [("=~", false), ("!~", true)] {
            if self.take(sign) {
                let Node::Constant(Value::Text(pattern)) = self.sum()? else {
                    return Err(Unread::Words("a pattern that is no text".to_owned()));
                };
                let pattern = pattern_of(&pattern)?;
                return Ok(Node::Matches { text: Box::new(left), pattern, negative });
            }
        }
        for (sign, comparison) in COMPARISONS {
            if self.take(sign) {
                return Ok(Node::Compare(comparison, Box::new(left), Box::new(self.sum()?)));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Node, Unread> {
        let mut left = self.product()?;
        let mut terms = 0;
        loop {
            let sign = match () {
                () if self.take("+") => Sign::Plus,
                () if self.take("-") => Sign::Minus,
                () => return Ok(left),
            };
            terms += 1;
            if terms > DEEPEST {
                return Err(Unread::Words(format!("a sum of more than {DEEPEST} terms")));
            }
            left = Node::Sum(sign, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Node, Unread> {
        let left = self.single()?;
        if !self.take("*") {
            return Ok(left);
        }
        Ok(Node::Sum(Sign::Times, Box::new(left), Box::new(self.single()?)))
    }

    fn single(&mut self) -> Result<Node, Unread> {
        // Signs before a value nest as parentheses do.
        let mut negations = 0;
        while self.take("!") {
            negations += 1;
        }
        let node = if self.take("-") { Node::Minus(Box::new(self.value()?)) } else { self.value()? };
        Ok(if negations % 2 == 1 {
            Node::Not(Box::new(node))
        } else if negations > 0 {
            Node::Not(Box::new(Node::Not(Box::new(node))))
        } else {
            node
        })
    }

    fn value(&mut self) -> Result<Node, Unread> {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return Err(Unread::Words("an expression that breaks off".to_owned()));
        };
        let start = self.at;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Node::Constant(Value::Number(number))),
            Token::Text(text) if text.contains("{{") => self.template(&text),
            Token::Text(text) => Ok(Node::Constant(Value::text(text))),
            Token::Sign("(") => {
                let node = self.either()?;
                self.need(")")?;
                Ok(node)
            }
            Token::Name(name) if self.take("(") => self.call(&name, start),
            Token::Name(name) if name == "true" || name == "false" => Ok(Node::Constant(Value::Truth(name == "true"))),
            Token::Name(name) => Ok(Node::Name(name)),
            token => Err(unexpected(&token)),
        }
    }

    /// A text with placeholders, which hold expressions one level deeper.
    fn template(&mut self, text: &str) -> Result<Node, Unread> {
        let text = Text::lenient(text)?;
        Ok(text.constant().map_or_else(|| Node::Template(text), |constant| Node::Constant(Value::text(constant))))
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Node, Unread> {
        let plain = name.replace('_', "").to_ascii_lowercase();
        if UNREPEATABLE.iter().any(|beginning| plain.starts_with(beginning)) {
            return Err(Unread::Unrepeatable(name.to_owned()));
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.either()?);
                if self.take(")") {
                    break;
                }
                self.need(",")?;
            }
        }
        if let ("regex", [Node::Constant(Value::Text(pattern)), _]) = (plain.as_str(), arguments.as_slice()) {
            let pattern = pattern_of(pattern)?;
            // The slice above has two elements.
            let Some(text) = arguments.pop() else { return Err(Unread::Words(name.to_owned())) };
            return Ok(Node::Matches { text: Box::new(text), pattern, negative: false });
        }
        let Some(function) = Function::named(&plain, arguments.len()) else {
            return Err(Unread::Words(format!("no function {name} of {} arguments", arguments.len())));
        };
        let source = format!("{:?}", &self.tokens[start..self.at]);
        Ok(Node::Call { function, arguments, source })
    }
}

fn pattern_of(bytes: &[u8]) -> Result<Pattern, Unread> {
    Pattern::new(&String::from_utf8_lossy(bytes), false).map_err(Unread::Regex)
}

/// A node for many, or the only one itself.
fn only(mut nodes: Vec<Node>, many: impl Fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        last => {
            nodes.extend(last);
            many(nodes)
        }
    }
}
