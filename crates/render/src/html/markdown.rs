//! Sections of a rule's text as HTML.

use pulldown_cmark::{Event, Parser, Tag, TagEnd, html};

/// The section under a second-level heading, up to the next one.
pub(super) fn section<'a>(doc: &'a str, heading: &str) -> Option<&'a str> {
    let mut parts = doc.split("\n## ").skip(1);
    let part = parts.find(|part| part.lines().next().is_some_and(|line| line.trim() == heading))?;
    part.split_once('\n').map(|(_, body)| body.trim()).filter(|body| !body.is_empty())
}

/// HTML of a section. Raw HTML is shown as text; pictures and links keep their words and nothing else, so a page loads nothing.
pub(super) fn to_html(section: &str) -> String {
    let events = Parser::new(section).filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Image { .. } | Tag::Link { .. }) | Event::End(TagEnd::Image | TagEnd::Link) => None,
        event => Some(event),
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_by_their_heading() {
        let doc = "# X\n\n## How to mend\n\nDo `a`.\n\n## Limits\n\n- none\n";
        assert_eq!(section(doc, "How to mend"), Some("Do `a`."));
        assert_eq!(section(doc, "Limits"), Some("- none"));
        assert_eq!(section(doc, "Why"), None);
    }

    #[test]
    fn markup_is_rendered_and_raw_html_is_not() {
        assert_eq!(to_html("Do `a`."), "<p>Do <code>a</code>.</p>\n");
        let html = to_html("<script>x</script> ![p](http://a/b.png) [w](javascript:y)");
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("href") && html.contains('w'), "{html}");
    }
}
