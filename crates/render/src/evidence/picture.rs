//! Screenshots in a page: each picture is embedded once and shown through windows, with the judged boxes drawn over it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Payload;
use model::facts::rendered::{Rect, Screenshot};

use crate::report::short;

/// Pages without end are cut here, in CSS pixels: far beyond what any screenshot holds.
const LONGEST: i32 = 200_000;
/// The least part of a page that shows where on it a box lies, in CSS pixels.
const WINDOW: (i32, i32) = (960, 420);

/// The pictures that a report may show.
pub(crate) struct Gallery<'a> {
    images: &'a BTreeMap<Digest, Vec<u8>>,
    shots: BTreeMap<Digest, Screenshot>,
}

/// A picture embedded in a page, to be referred to by its id.
pub(crate) struct Embedded {
    pub(crate) id: String,
    pub(crate) uri: String,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

/// A window on a picture.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) caption: String,
    pub(crate) digest: String,
    pub(crate) source: Source,
    pub(crate) boxes: Vec<Frame>,
    /// True for a window on a part of the page, false for all of it.
    pub(crate) close: bool,
}

/// Where the picture comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Embedded once, shown through a window.
    Window { id: String, view: Rect },
    /// A picture of unknown measures, as a data URI.
    Whole(String),
    /// The bytes are not at hand, or are no picture.
    Missing,
}

/// A box with its words.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) rect: Rect,
    pub(crate) label: String,
}

impl<'a> Gallery<'a> {
    /// The pictures of the rendered pages in `bundle` that are at hand.
    pub(crate) fn new(bundle: &Bundle, images: &'a BTreeMap<Digest, Vec<u8>>) -> Self {
        let payloads = bundle.observations.iter().filter_map(|seen| seen.outcome.seen());
        let shots = payloads.filter_map(|payload| match payload {
            Payload::RenderedPage(page) => page.screenshot.clone(),
            _ => None,
        });
        let measured = |shot: &Screenshot| (1..=LONGEST).contains(&shot.width) && (1..=LONGEST).contains(&shot.height);
        Self { images, shots: shots.filter(measured).map(|shot| (shot.digest, shot)).collect() }
    }

    /// The pictures to embed.
    pub(crate) fn embedded(&self) -> Vec<Embedded> {
        let shots = self.shots.values();
        shots
            .filter_map(|shot| {
                Some(Embedded { id: id(shot.digest), uri: self.uri(shot.digest)?, width: shot.width, height: shot.height })
            })
            .collect()
    }

    /// The whole page with boxes.
    pub(crate) fn page(&self, shot: &Screenshot, boxes: &[(Rect, &str)], caption: &str) -> Figure {
        let whole = Rect { x: 0, y: 0, width: shot.width, height: shot.height };
        self.figure(shot, whole, boxes, caption, false)
    }

    /// A window around a box.
    pub(crate) fn around(&self, shot: &Screenshot, rect: Rect, label: &str, caption: &str) -> Figure {
        self.figure(shot, window(shot, rect), &[(rect, label)], caption, true)
    }

    /// The lowest part of the page, where a mark ought to be.
    pub(crate) fn foot(&self, shot: &Screenshot, caption: &str) -> Figure {
        let height = shot.height.min(WINDOW.1);
        let view = Rect { x: 0, y: shot.height - height, width: shot.width, height };
        self.figure(shot, view, &[], caption, true)
    }

    /// A picture whose measures nobody noted.
    pub(crate) fn snapshot(&self, digest: Digest, caption: &str) -> Figure {
        let source = self.uri(digest).map_or(Source::Missing, Source::Whole);
        Figure { caption: caption.into(), digest: short(digest), source, boxes: Vec::new(), close: true }
    }

    fn figure(&self, shot: &Screenshot, view: Rect, boxes: &[(Rect, &str)], caption: &str, close: bool) -> Figure {
        let shown = self.shots.contains_key(&shot.digest) && self.kind(shot.digest).is_some();
        let source = if shown { Source::Window { id: id(shot.digest), view } } else { Source::Missing };
        let boxes = boxes.iter().map(|(rect, label)| Frame { rect: *rect, label: (*label).into() }).collect();
        Figure { caption: caption.into(), digest: short(shot.digest), source, boxes, close }
    }

    /// The media type, by the first bytes (JPEG: ITU T.81 B.1.1.3; PNG: RFC 2083, 3.1). Anything else is not shown.
    fn kind(&self, digest: Digest) -> Option<&'static str> {
        match self.images.get(&digest)?.as_slice() {
            [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
            [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
            _ => None,
        }
    }

    fn uri(&self, digest: Digest) -> Option<String> {
        let kind = self.kind(digest)?;
        Some(format!("data:{kind};base64,{}", STANDARD.encode(self.images.get(&digest)?)))
    }
}

fn id(digest: Digest) -> String {
    format!("shot-{}", short(digest))
}

/// A part of the page that holds the box in its middle, as far as the page's edges allow.
fn window(shot: &Screenshot, rect: Rect) -> Rect {
    let part = |start: i32, length: i32, least: i32, whole: i32| {
        let size = length.saturating_add(160).max(least).clamp(1, whole);
        let middle = start.saturating_add(length / 2);
        (middle.saturating_sub(size / 2).clamp(0, whole - size), size)
    };
    let (x, width) = part(rect.x, rect.width.max(0), WINDOW.0, shot.width);
    let (y, height) = part(rect.y, rect.height.max(0), WINDOW.1, shot.height);
    Rect { x, y, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot(width: i32, height: i32) -> Screenshot {
        Screenshot { digest: Digest::of(b"x"), width, height }
    }

    #[test]
    fn a_window_holds_its_box_and_stays_on_the_page() {
        let mark = Rect { x: 600, y: 2900, width: 60, height: 60 };
        assert_eq!(window(&shot(1280, 3000), mark), Rect { x: 150, y: 2580, width: 960, height: 420 });
        assert_eq!(window(&shot(400, 300), mark), Rect { x: 0, y: 0, width: 400, height: 300 });
    }

    #[test]
    fn absurd_boxes_do_no_harm() {
        for extreme in [i32::MIN, -1, 0, i32::MAX] {
            let rect = Rect { x: extreme, y: extreme, width: extreme, height: extreme };
            let view = window(&shot(1280, 3000), rect);
            assert!(view.x >= 0 && view.y >= 0 && view.x + view.width <= 1280 && view.y + view.height <= 3000);
        }
    }
}
