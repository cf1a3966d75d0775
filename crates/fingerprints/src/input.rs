//! What is shown to the engine, and the places that patterns look at.

/// A page with what came along with it. Everything is borrowed, everything but `html` may stay empty, and nothing of it is kept but short
/// matches; cookie values never are.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageInput<'a> {
    /// The page's address, after redirects.
    pub url: &'a str,
    /// Status code; 0 when unknown.
    pub status: u16,
    /// Reason phrase (HTTP/1.1).
    pub reason: &'a str,
    /// Header fields in the order they came, names as sent.
    pub headers: &'a [(&'a str, &'a str)],
    /// Cookies that were set: name and value.
    pub cookies: &'a [(&'a str, &'a str)],
    /// The source, decoded to UTF-8.
    pub html: &'a str,
    /// Bodies of external scripts, as far as fetched.
    pub scripts: &'a [&'a str],
    /// Bodies of external style sheets, as far as fetched.
    pub styles: &'a [&'a str],
    /// Addresses that the page asked for while it was rendered.
    pub requests: &'a [&'a str],
    /// The body of `robots.txt`.
    pub robots: &'a str,
    /// The issuer of the certificate, as text.
    pub certificate_issuer: &'a str,
    /// DNS records of the host: type (`MX`, `TXT`, `NS`, `SOA`, `CNAME`) and content.
    pub dns: &'a [(&'a str, &'a str)],
    /// Global variables seen in a browser: path (`jQuery.fn.jquery`) and value as text.
    pub globals: &'a [(&'a str, &'a str)],
    /// The site's icons.
    pub favicons: &'a [Favicon],
    /// Whether the answer is a refusal or a block page; signs that are only valid there are read only then.
    pub blocked: bool,
}

/// The digests of an icon, as a crawl records them (`model::facts::crawl::Favicon`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Favicon {
    /// MurmurHash3 over its MIME base64, signed.
    pub mmh3: i32,
    /// MD5, lower-case hexadecimal.
    pub md5: String,
}

/// Where a pattern looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The page's source.
    Html,
    /// The content of one script.
    Script,
    /// The content of one style sheet.
    Css,
    /// One element.
    Dom,
    /// The address of one script.
    ScriptSrc,
    /// The visible text.
    Text,
    Title,
    Url,
    Request,
    Robots,
    Issuer,
    /// All header fields, a line each.
    HeaderText,
    /// The value of a header field, by its name.
    Header,
    /// The value of a cookie, by its name.
    Cookie,
    /// The name of a cookie.
    CookieName,
    /// A cookie as `name=value`.
    CookiePair,
    Meta,
    Dns,
    Global,
    Favicon,
    Status,
    Reason,
}

/// Which automaton serves a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    Source,
    ScriptSrc,
    Text,
    Field,
}

impl Channel {
    pub(crate) const ALL: [Channel; 4] = [Channel::Source, Channel::ScriptSrc, Channel::Text, Channel::Field];
}

impl Place {
    /// The automaton that serves it.
    pub(crate) fn channel(self) -> Channel {
        match self {
            Place::Html | Place::Script | Place::Css | Place::Dom => Channel::Source,
            Place::ScriptSrc => Channel::ScriptSrc,
            Place::Text => Channel::Text,
            _ => Channel::Field,
        }
    }

    /// The shortest literal that is worth looking for there.
    pub(crate) fn least(self) -> usize {
        match self.channel() {
            Channel::Field => 2,
            _ => 3,
        }
    }

    /// Its name in evidence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Place::Html => "html",
            Place::Script => "scripts",
            Place::Css => "css",
            Place::Dom => "dom",
            Place::ScriptSrc => "scriptSrc",
            Place::Text => "text",
            Place::Title => "title",
            Place::Url => "url",
            Place::Request => "xhr",
            Place::Robots => "robots",
            Place::Issuer => "certIssuer",
            Place::HeaderText | Place::Header => "headers",
            Place::Cookie | Place::CookieName => "cookies",
            Place::CookiePair => "cookie",
            Place::Meta => "meta",
            Place::Dns => "dns",
            Place::Global => "js",
            Place::Favicon => "favicon",
            Place::Status => "status",
            Place::Reason => "reason",
        }
    }

    /// Whether what matches there may hold a secret of a session.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Place::Cookie | Place::CookiePair)
    }
}
