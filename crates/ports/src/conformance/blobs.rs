//! What every blob store must do.

use std::sync::Arc;

use futures::future::join_all;
use model::digest::Digest;

use crate::blobs::Blobs;

/// Bytes of any kind and length come back as they were.
pub async fn bytes_come_back_by_their_digest(open: &impl Fn() -> Arc<dyn Blobs>) {
    let blobs = open();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    for bytes in [&b""[..], b"\0\xff", "页面".as_bytes(), &large] {
        let digest = blobs.put(bytes).await.expect("put");
        assert_eq!(digest, Digest::of(bytes));
        assert_eq!(blobs.get(digest).await.expect("get").as_deref(), Some(bytes));
    }
}

/// A digest of which nothing was put has no bytes, and that is no error.
pub async fn what_was_never_put_is_not_there(open: &impl Fn() -> Arc<dyn Blobs>) {
    let blobs = open();
    blobs.put(b"one").await.expect("put");
    assert_eq!(blobs.get(Digest::of(b"another")).await.expect("get"), None);
}

/// Putting the same bytes again is a success with the same digest.
pub async fn the_same_bytes_are_one_blob(open: &impl Fn() -> Arc<dyn Blobs>) {
    let blobs = open();
    let first = blobs.put(b"same").await.expect("first");
    assert_eq!(blobs.put(b"same").await.expect("second"), first);
    assert_eq!(blobs.get(first).await.expect("get").as_deref(), Some(&b"same"[..]));
}

/// Many puts of the same bytes at once, through two handles, all succeed.
pub async fn the_same_bytes_can_be_put_at_once(open: &impl Fn() -> Arc<dyn Blobs>) {
    let handles = [open(), open()];
    let puts = (0..32_usize).map(|number| handles[number % 2].put(&[7; 100_000]));
    for put in join_all(puts).await {
        assert_eq!(put.expect("put"), Digest::of(&[7; 100_000]));
    }
    assert_eq!(handles[0].get(Digest::of(&[7; 100_000])).await.expect("get"), Some(vec![7; 100_000]));
}

/// A second opening of the place finds what the first has put.
pub async fn blobs_are_there_after_reopening(open: &impl Fn() -> Arc<dyn Blobs>) {
    let digest = open().put(b"kept").await.expect("put");
    assert_eq!(open().get(digest).await.expect("get").as_deref(), Some(&b"kept"[..]));
}
