//! The expression language of templates: read once into a tree, then worked out over the parts of an answer.
//!
//! Invariant: length, depth and work are bounded; an expression sees nothing but the names it is given, and does nothing.

mod functions;
mod parser;
mod versions;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use self::functions::{unescaped, unhex};
use crate::pattern::Pattern;

/// Greatest work for one answer and one template, in bytes looked at or made.
const WORK: u64 = 1 << 29;
/// How many bytes a search for a word passes while other functions pass one.
const SEARCH: u64 = 16;
/// Longest value that an expression makes, in bytes. A part of an answer is never longer than 1 MiB with its header.
const LONGEST: usize = 4 << 20;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Bytes; text is UTF-8.
    Text(Arc<[u8]>),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
}

impl Value {
    /// Text.
    pub(crate) fn text(text: impl AsRef<[u8]>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// The bytes; numbers and truths in words.
    pub(crate) fn bytes(&self) -> Arc<[u8]> {
        match self {
            Self::Text(bytes) => Arc::clone(bytes),
            Self::Number(number) => Arc::from(number.to_string().as_bytes()),
            Self::Truth(truth) => Arc::from(truth.to_string().as_bytes()),
        }
    }
}

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A name that stands for nothing here.
    Unknown,
    /// An operand or argument of the wrong kind.
    Kind,
    /// The work for this answer is spent.
    Spent,
}

/// What the names of an expression stand for while one answer is looked at.
pub(crate) struct Scope<'a> {
    /// Searched in order.
    layers: Vec<&'a BTreeMap<String, Value>>,
    /// Values of calls, by their text: templates ask for the digest of the same body hundreds of times.
    known: RefCell<BTreeMap<String, Value>>,
    work: Cell<u64>,
}

impl<'a> Scope<'a> {
    /// A scope in which the first layers win.
    pub(crate) fn new(layers: Vec<&'a BTreeMap<String, Value>>) -> Self {
        Self { layers, known: RefCell::default(), work: Cell::new(0) }
    }

    /// What `name` stands for.
    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        self.layers.iter().find_map(|layer| layer.get(name)).cloned()
    }

    /// Counts a search through `bytes`.
    pub(crate) fn search(&self, bytes: usize) -> Result<(), Failed> {
        self.spend(bytes as u64 / SEARCH)
    }

    /// Counts work on `bytes`.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), Failed> {
        let spent = self.work.get().saturating_add(bytes).saturating_add(1);
        self.work.set(spent);
        if spent > WORK { Err(Failed::Spent) } else { Ok(()) }
    }

    /// Whether the work is spent: what was not found then may be there all the same.
    pub(crate) fn is_spent(&self) -> bool {
        self.work.get() > WORK
    }

    /// The part in lower case (ASCII), made once.
    pub(crate) fn folded(&self, part: &str, bytes: &[u8]) -> Result<Arc<[u8]>, Failed> {
        let key = format!("fold {part}");
        if let Some(Value::Text(known)) = self.known.borrow().get(&key) {
            return Ok(Arc::clone(known));
        }
        self.spend(bytes.len() as u64)?;
        let folded: Arc<[u8]> = bytes.to_ascii_lowercase().into();
        self.known.borrow_mut().insert(key, Value::Text(Arc::clone(&folded)));
        Ok(folded)
    }
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Expression {
    root: Node,
}

#[derive(Debug)]
enum Node {
    Constant(Value),
    /// Text with placeholders of its own.
    Template(Text),
    Name(String),
    Not(Box<Node>),
    Minus(Box<Node>),
    Both(Vec<Node>),
    Either(Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Sum(Sign, Box<Node>, Box<Node>),
    Matches {
        text: Box<Node>,
        pattern: Pattern,
        negative: bool,
    },
    Call {
        function: functions::Function,
        arguments: Vec<Node>,
        source: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
    Times,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Says what cannot be read.
    pub(crate) fn read(source: &str) -> Result<Self, Unread> {
        Ok(Self { root: parser::parse(source)? })
    }

    /// Its value.
    pub(crate) fn value(&self, scope: &Scope<'_>) -> Result<Value, Failed> {
        self.root.value(scope)
    }

    /// The names that it uses.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.names(&mut names);
        names
    }
}

/// Why an expression could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Not of the language.
    Words(String),
    /// A function whose value is another each time.
    Unrepeatable(String),
    /// A regular expression that is refused.
    Regex(String),
}

impl Node {
    fn value(&self, scope: &Scope<'_>) -> Result<Value, Failed> {
        scope.spend(0)?;
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Template(text) => Ok(Value::text(text.fill(scope)?)),
            Self::Name(name) => scope.get(name).ok_or(Failed::Unknown),
            Self::Not(node) => Ok(Value::Truth(!node.truth(scope)?)),
            Self::Minus(node) => Ok(Value::Number(-node.number(scope)?)),
            Self::Both(nodes) => {
                for node in nodes {
                    if !node.truth(scope)? {
                        return Ok(Value::Truth(false));
                    }
                }
                Ok(Value::Truth(true))
            }
            Self::Either(nodes) => {
                for node in nodes {
                    if node.truth(scope)? {
                        return Ok(Value::Truth(true));
                    }
                }
                Ok(Value::Truth(false))
            }
            Self::Compare(comparison, left, right) => {
                compare(*comparison, &left.value(scope)?, &right.value(scope)?).map(Value::Truth)
            }
            Self::Sum(sign, left, right) => sum(*sign, left.value(scope)?, right.value(scope)?, scope),
            Self::Matches { text, pattern, negative } => {
                let text = text.value(scope)?.bytes();
                Ok(Value::Truth(pattern.is_match(&text, scope)? != *negative))
            }
            Self::Call { function, arguments, source } => {
                if let Some(known) = scope.known.borrow().get(source) {
                    return Ok(known.clone());
                }
                let arguments = arguments.iter().map(|node| node.value(scope)).collect::<Result<Vec<_>, _>>()?;
                let value = function.call(&arguments, scope)?;
                scope.known.borrow_mut().insert(source.clone(), value.clone());
                Ok(value)
            }
        }
    }

    fn truth(&self, scope: &Scope<'_>) -> Result<bool, Failed> {
        if let Value::Truth(truth) = self.value(scope)? { Ok(truth) } else { Err(Failed::Kind) }
    }

    fn number(&self, scope: &Scope<'_>) -> Result<f64, Failed> {
        if let Value::Number(number) = self.value(scope)? { Ok(number) } else { Err(Failed::Kind) }
    }

    fn names<'n>(&'n self, names: &mut Vec<&'n str>) {
        match self {
            Self::Constant(_) => {}
            Self::Name(name) => names.push(name),
            Self::Template(text) => names.extend(text.names()),
            Self::Not(node) | Self::Minus(node) | Self::Matches { text: node, .. } => node.names(names),
            Self::Both(nodes) | Self::Either(nodes) | Self::Call { arguments: nodes, .. } => {
                nodes.iter().for_each(|node| node.names(names));
            }
            Self::Compare(_, left, right) | Self::Sum(_, left, right) => {
                left.names(names);
                right.names(names);
            }
        }
    }
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<bool, Failed> {
    use std::cmp::Ordering as O;
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right).ok_or(Failed::Kind)?,
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        // Values of different kinds are unequal, and neither is less.
        _ => match comparison {
            Comparison::Equal => return Ok(left == right),
            Comparison::Unequal => return Ok(left != right),
            _ => return Err(Failed::Kind),
        },
    };
    Ok(match comparison {
        Comparison::Equal => order == O::Equal,
        Comparison::Unequal => order != O::Equal,
        Comparison::Less => order == O::Less,
        Comparison::AtMost => order != O::Greater,
        Comparison::Greater => order == O::Greater,
        Comparison::AtLeast => order != O::Less,
    })
}

fn sum(sign: Sign, left: Value, right: Value, scope: &Scope<'_>) -> Result<Value, Failed> {
    match (sign, &left, &right) {
        (Sign::Plus, Value::Number(left), Value::Number(right)) => Ok(Value::Number(left + right)),
        (Sign::Minus, Value::Number(left), Value::Number(right)) => Ok(Value::Number(left - right)),
        (Sign::Times, Value::Number(left), Value::Number(right)) => Ok(Value::Number(left * right)),
        (Sign::Plus, Value::Text(_), _) | (Sign::Plus, _, Value::Text(_)) => made([left.bytes(), right.bytes()].concat(), scope),
        _ => Err(Failed::Kind),
    }
}

/// A text that was made: counted, and not too long.
fn made(bytes: Vec<u8>, scope: &Scope<'_>) -> Result<Value, Failed> {
    scope.spend(bytes.len() as u64)?;
    if bytes.len() > LONGEST { Err(Failed::Spent) } else { Ok(Value::Text(bytes.into())) }
}

/// Text with placeholders: `{{BaseURL}}/login`.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Plain(String),
    Placeholder(Expression),
}

impl Text {
    /// Reads text of which every placeholder must be one.
    ///
    /// # Errors
    /// Says which is not.
    pub(crate) fn strict(source: &str) -> Result<Self, Unread> {
        Self::pieces(source, false)
    }

    /// Reads text in which braces that hold no expression stand for themselves: a page may show `{{ title }}`.
    ///
    /// # Errors
    /// When a placeholder is an expression, but refused.
    pub(crate) fn lenient(source: &str) -> Result<Self, Unread> {
        Self::pieces(source, true)
    }

    fn pieces(source: &str, lenient: bool) -> Result<Self, Unread> {
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, next)) = after.split_once("}}") else {
                if lenient { break } else { return Err(Unread::Words(format!("{rest}: braces without an end"))) }
            };
            pieces.push(Piece::Plain(before.to_owned()));
            match Expression::read(inside) {
                Ok(expression) => pieces.push(Piece::Placeholder(expression)),
                Err(Unread::Words(_)) if lenient => pieces.push(Piece::Plain(format!("{{{{{inside}}}}}"))),
                Err(unread) => return Err(unread),
            }
            rest = next;
        }
        pieces.push(Piece::Plain(rest.to_owned()));
        Ok(Self { pieces })
    }

    /// The text without placeholders, if it has none.
    pub(crate) fn constant(&self) -> Option<String> {
        let mut constant = String::new();
        for piece in &self.pieces {
            let Piece::Plain(text) = piece else { return None };
            constant.push_str(text);
        }
        Some(constant)
    }

    /// The text with its placeholders filled.
    pub(crate) fn fill(&self, scope: &Scope<'_>) -> Result<Vec<u8>, Failed> {
        let mut filled = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Plain(text) => filled.extend_from_slice(text.as_bytes()),
                Piece::Placeholder(expression) => filled.extend_from_slice(&expression.value(scope)?.bytes()),
            }
            if filled.len() > LONGEST {
                return Err(Failed::Spent);
            }
        }
        scope.spend(filled.len() as u64)?;
        Ok(filled)
    }

    /// The names that its placeholders use.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in &self.pieces {
            if let Piece::Placeholder(expression) = piece {
                names.extend(expression.names());
            }
        }
        names
    }
}

#[cfg(test)]
mod tests;
