//! Peers that are there to lead astray.

use super::{Peer, Reaction, silent};

pub(super) const PEERS: &[Peer] = &[
    Peer { name: "tarpit", greeting: silent, answer: |_| Reaction::More },
    Peer { name: "closes", greeting: || Reaction::Close(Vec::new()), answer: |_| Reaction::Close(Vec::new()) },
    Peer { name: "endless", greeting: || Reaction::Repeat(vec![b'x'; 4096]), answer: |_| Reaction::More },
    Peer { name: "echo", greeting: silent, answer: |told| Reaction::Say(told.to_vec()) },
    Peer { name: "alike", greeting: silent, answer: |_| Reaction::Close(b"\x7Fok\x00\x01\r\n".to_vec()) },
    Peer { name: "junk", greeting: || Reaction::Say((0..=255).rev().collect()), answer: |_| Reaction::More },
    Peer { name: "chinese", greeting: || Reaction::Say(CHINESE.to_vec()), answer: |_| Reaction::More },
    Peer { name: "ssh", greeting: || Reaction::Say(b"SSH-2.0-OpenSSH_8.0\r\n".to_vec()), answer: |_| Reaction::More },
];

/// 欢迎使用政务服务系统 in GBK, with a control sequence behind it.
const CHINESE: &[u8] = b"\xBB\xB6\xD3\xAD\xCA\xB9\xD3\xC3\xD5\xFE\xCE\xF1\xB7\xFE\xCE\xF1\xCF\xB5\xCD\xB3\x1B[2J\r\n";
