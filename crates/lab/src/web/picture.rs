//! The registry's pictures, drawn here: a coloured shield with a white bar, and a broken bar for the error pictures. PNG (ISO/IEC 15948) is
//! written by hand because its simplest form is three chunks.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const WIDTH: u32 = 48;
const HEIGHT: u32 = 60;

/// The picture `red`, `blue`, `red_error` or `blue_error` as PNG.
pub(super) fn mark(name: &str) -> Vec<u8> {
    let colour = if name.starts_with("blue") { [0x1a, 0x4f, 0xa3] } else { [0xc8, 0x10, 0x1e] };
    let error = name.ends_with("_error");
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        rows.push(0); // no filter
        for x in 0..WIDTH {
            rows.extend(pixel(x, y, colour, error));
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; if it did, the picture would be empty and its test would say so.
    let data = encoder.write_all(&rows).and_then(|()| encoder.finish()).unwrap_or_default();
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // eight bits, true colour
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &data);
    chunk(&mut png, b"IEND", &[]);
    png
}

fn pixel(x: u32, y: u32, colour: [u8; 3], error: bool) -> [u8; 3] {
    let white = [0xff; 3];
    let margin = y.saturating_sub(40);
    let inside = x >= margin && x < WIDTH.saturating_sub(margin);
    let bar = (18..26).contains(&y) && (8..40).contains(&x);
    let gap = error && (20..28).contains(&x);
    if !inside || (bar && !gap) { white } else { colour }
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let mut check = Crc::new();
    check.update(kind);
    check.update(data);
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(check.sum().to_be_bytes());
}
