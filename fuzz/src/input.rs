//! How targets take an input apart, and the assertions that several share.

/// Between the pieces of an input: a line that no format has by itself, so that seeds can be written and read by people.
const BETWEEN: &[u8] = b"\n%%\n";

/// The pieces of an input; at least one.
pub fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let Some(place) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        pieces.push(&rest[..place]);
        rest = &rest[place + BETWEEN.len()..];
    }
    pieces.push(rest);
    pieces
}

/// The first piece and what follows it, taken as text.
pub fn head_and_text(bytes: &[u8]) -> (String, String) {
    let place = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN);
    let (head, rest) = place.map_or((bytes, &[][..]), |place| (&bytes[..place], &bytes[place + BETWEEN.len()..]));
    (text(head), text(rest))
}

/// Bytes as readers of text get them.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is kept of what came from outside: bounded, and nothing that moves a terminal.
#[track_caller]
pub fn assert_kept(text: &str, limit: usize) {
    assert!(text.len() <= limit, "{} bytes are kept, {limit} at most", text.len());
    assert!(!text.chars().any(char::is_control), "a control character is kept: {text:?}");
}
