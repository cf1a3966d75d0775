//! Why a template is refused: a machine word, the reason in both languages, and what in the template gave rise to it.
//!
//! Invariant: a refusal is absolute. No setting and no grant lets a refused class through: what writes, floods, guesses or calls back is
//! not a proof, and an operator who wants it needs another tool.

use model::text::{Label, Text};

/// The classes of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// An exploit: tagged so, or with the signs of an attack in what it would send.
    Attack,
    /// A request with a body.
    Body,
    /// Guesses names or passwords, or uses default ones.
    BruteForce,
    /// Sends credentials.
    Credentials,
    /// Would keep the target from serving others.
    DenialOfService,
    /// Another template has the same id.
    Duplicate,
    /// An expression that cannot be read.
    Expression,
    /// A flow that is a program.
    Flow,
    /// Sends what the target does not expect, to see what happens.
    Fuzzing,
    /// A header field that is not known to be harmless.
    Header,
    /// Tagged as intrusive by its author.
    Intrusive,
    /// A line break or another control character in an address or field.
    LineBreak,
    /// A method other than GET and HEAD.
    Method,
    /// More requests than a proof needs, or many at once.
    Loop,
    /// Makes the target call somewhere else.
    OutOfBand,
    /// An address outside the target.
    PathEscape,
    /// Lists of values that are tried in turn.
    Payloads,
    /// Something else than http, dns, ssl and tcp.
    Protocol,
    /// A raw request that is no plain GET or HEAD, or says something to a TCP service.
    Raw,
    /// A regular expression that cannot be matched in linear time.
    Regex,
    /// Names its own target.
    SelfContained,
    /// An address that climbs out of a folder.
    Traversal,
    /// Not readable as a template, or beyond the bounds.
    Unreadable,
    /// Another request each time: by chance or by the clock.
    Unrepeatable,
    /// A part of the format that is not supported.
    Unsupported,
    /// An address that by its words changes something.
    Writes,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 26] = {
        use Class as C;
        [
            C::Attack,
            C::Body,
            C::BruteForce,
            C::Credentials,
            C::DenialOfService,
            C::Duplicate,
            C::Expression,
            C::Flow,
            C::Fuzzing,
            C::Header,
            C::Intrusive,
            C::LineBreak,
            C::Method,
            C::Loop,
            C::OutOfBand,
            C::PathEscape,
            C::Payloads,
            C::Protocol,
            C::Raw,
            C::Regex,
            C::SelfContained,
            C::Traversal,
            C::Unreadable,
            C::Unrepeatable,
            C::Unsupported,
            C::Writes,
        ]
    };

    /// The class of a machine word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The machine word.
    pub fn word(self) -> &'static str {
        self.words().0
    }

    /// The reason.
    pub fn label(self) -> Label {
        let (_, zh, en) = self.words();
        Label { zh, en }
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        use Class as C;
        match self {
            C::Attack => ("attack", "含有攻击载荷或被标注为漏洞利用", "carries an attack or is marked as an exploit"),
            C::Body => ("body", "请求带有正文", "a request has a body"),
            C::BruteForce => ("brute-force", "猜测账号口令或使用默认口令", "guesses names or passwords, or uses default ones"),
            C::Credentials => ("credentials", "携带登录凭据", "sends credentials"),
            C::DenialOfService => ("denial-of-service", "可能造成拒绝服务", "may deny the service to others"),
            C::Duplicate => ("duplicate", "编号与另一模板重复", "another template has the same id"),
            C::Expression => ("expression", "表达式无法识别", "an expression cannot be read"),
            C::Flow => ("flow", "执行流程由脚本控制", "its flow is a program"),
            C::Fuzzing => ("fuzzing", "属于模糊测试", "it is fuzzing"),
            C::Header => ("header", "请求头不在无害清单内", "a header field is not known to be harmless"),
            C::Intrusive => ("intrusive", "作者标注为侵入性", "its author marks it as intrusive"),
            C::LineBreak => {
                ("line-break", "地址或请求头中含有换行等控制字符", "an address or field has a line break or control character")
            }
            C::Method => ("method", "请求方法不是 GET 或 HEAD", "a method is neither GET nor HEAD"),
            C::Loop => ("loop", "请求次数过多或并发发送", "too many requests, or many at once"),
            C::OutOfBand => ("out-of-band", "诱使目标访问外部地址", "makes the target call somewhere else"),
            C::PathEscape => ("path-escape", "请求地址不在目标范围内", "an address lies outside the target"),
            C::Payloads => ("payloads", "逐个尝试取值列表", "tries a list of values in turn"),
            C::Protocol => ("protocol", "使用了不支持的协议", "a protocol other than http, dns, ssl and tcp"),
            C::Raw => ("raw", "原始报文不是普通的 GET 或 HEAD 请求", "raw bytes that are no plain GET or HEAD"),
            C::Regex => ("regex", "正则表达式无法在线性时间内匹配", "a regular expression cannot be matched in linear time"),
            C::SelfContained => ("self-contained", "模板自带目标", "it names its own target"),
            C::Traversal => ("traversal", "地址中含有目录穿越", "an address climbs out of a folder"),
            C::Unreadable => ("unreadable", "无法识别为模板或超出限制", "not readable as a template, or beyond the bounds"),
            C::Unrepeatable => {
                ("unrepeatable", "每次请求内容不同（随机数或时间）", "asks differently each time: by chance or by the clock")
            }
            C::Unsupported => ("unsupported", "使用了不支持的模板功能", "a part of the format is not supported"),
            C::Writes => ("writes", "从地址看会改变目标数据或状态", "an address changes something, by its words"),
        }
    }
}

/// A template that is not run, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{template}: {}: {detail}", class.word())]
pub struct Refusal {
    /// The template's id, or the file's name where it has none that can be read.
    pub template: String,
    /// Why.
    pub class: Class,
    /// What gave rise to it, bounded and free of control characters.
    pub detail: String,
}

impl Refusal {
    /// The reason with its particulars, in both languages.
    pub fn why(&self) -> Text {
        let (Label { zh, en }, detail) = (self.class.label(), &self.detail);
        model::text!(zh: "{zh}（{detail}）", en: "{en} ({detail})")
    }

    /// The same after the template's name.
    pub fn text(&self) -> Text {
        let (Text { zh, en }, template) = (self.why(), &self.template);
        model::text!(zh: "{template}：{zh}", en: "{template}: {en}")
    }
}

/// A reason, before it is known whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) class: Class,
    pub(crate) detail: String,
}

impl Class {
    /// A refusal of this class, of a template that is yet to be named.
    pub(crate) fn refusal(self, detail: &str) -> Refusal {
        Refusal { template: String::new(), class: self, detail: plain(detail, 200) }
    }

    /// A reason of this class.
    pub(crate) fn because(self, detail: impl AsRef<str>) -> Reason {
        Reason { class: self, detail: plain(detail.as_ref(), 200) }
    }
}

/// Foreign text fit to be kept: at most `most` characters, none of them a control character.
pub(crate) fn plain(text: &str, most: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_their_class() {
        for class in Class::ALL {
            assert_eq!(Class::named(class.word()), Some(class));
        }
        assert_eq!(Class::named("harmless"), None);
    }

    #[test]
    fn what_a_template_says_is_quoted_without_control_characters() {
        let reason = Class::Raw.because("a\r\nb\x1b[2J");
        assert_eq!(reason.detail, "ab[2J");
        let refusal = Refusal { template: "t".into(), class: reason.class, detail: reason.detail };
        assert_eq!(refusal.to_string(), "t: raw: ab[2J");
        assert_eq!(refusal.text().zh, "t：原始报文不是普通的 GET 或 HEAD 请求（ab[2J）");
    }
}
