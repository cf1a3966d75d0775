//! Answers of a log that the tests make, with keys of their own.

use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData, SigningKey};
use x509_parser::oid_registry::OID_CT_LIST_SCT;

use super::*;

fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn issued(names: &[&str]) -> Vec<u8> {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names");
    params.distinguished_name.push(DnType::OrganizationName, "示例市人民政府");
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x5f, 1, 2]));
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate").der().to_vec()
}

/// A `MerkleTreeLeaf` over a certificate, or over the body of one.
fn leaf(der: &[u8], precertificate: bool) -> Vec<u8> {
    let mut leaf = vec![0, 0];
    leaf.extend(1_767_225_600_000_u64.to_be_bytes());
    leaf.extend([0, u8::from(precertificate)]);
    let body = if precertificate {
        leaf.extend([9; 32]);
        let (_, certificate) = X509Certificate::from_der(der).expect("a certificate");
        assert!(certificate.get_extension_unique(&OID_CT_LIST_SCT).expect("extensions").is_none());
        certificate.tbs_certificate.as_ref().to_vec()
    } else {
        der.to_vec()
    };
    leaf.extend(&(body.len() as u32).to_be_bytes()[1..]);
    leaf.extend(body);
    leaf.extend([0, 0]);
    leaf
}

fn signed(head: TreeHead, key: &KeyPair) -> Vec<u8> {
    let mut text = vec![0, 1];
    text.extend(1_700_000_000_000_u64.to_be_bytes());
    text.extend(head.size.to_be_bytes());
    text.extend(head.root);
    let signature = key.sign(&text).expect("a signature");
    let mut bytes = vec![4, 3];
    bytes.extend((signature.len() as u16).to_be_bytes());
    bytes.extend(signature);
    bytes
}

fn sth_answer(head: TreeHead, key: &KeyPair) -> String {
    format!(
        r#"{{"tree_size":{},"timestamp":1700000000000,"sha256_root_hash":"{}","tree_head_signature":"{}"}}"#,
        head.size,
        encode(&head.root),
        encode(&signed(head, key))
    )
}

#[test]
fn entries_are_those_of_the_signed_tree() {
    let leaves =
        [leaf(&issued(&["www.x.gov.cn", "*.x.gov.cn", "192.0.2.7"]), false), leaf(&issued(&["a.x.cn"]), true), vec![0; 40]];
    let entries: Vec<String> =
        leaves.iter().map(|leaf| format!(r#"{{"leaf_input":"{}","extra_data":"AAAA"}}"#, encode(leaf))).collect();
    let read = parse_entries(format!(r#"{{"entries":[{}]}}"#, entries.join(",")).as_bytes()).expect("entries");

    let first = read[0].certificate.as_ref().expect("a certificate");
    assert_eq!(first.names, ["www.x.gov.cn", "*.x.gov.cn", "192.0.2.7"]);
    assert_eq!((first.serial.as_str(), first.precertificate), ("5f0102", false));
    assert_eq!(first.organisation.as_deref(), Some("示例市人民政府"));
    assert_eq!(first.not_before.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(first.logged.to_string(), "2026-01-01T00:00:00Z");
    let second = read[1].certificate.as_ref().expect("a precertificate");
    assert_eq!((second.names.as_slice(), second.precertificate), (&["a.x.cn".to_owned()][..], true));
    assert_eq!(read[2].certificate, None, "no certificate, and still a leaf of the tree");

    let mut tree = CompactTree::new();
    read.iter().for_each(|entry| tree.append(entry.leaf_hash));
    let key = KeyPair::generate().expect("a key");
    let sth = parse_sth(sth_answer(tree.head(), &key).as_bytes()).expect("a tree head");
    verify_sth(&sth, &key.subject_public_key_info()).expect("signed");
    assert_eq!(sth.head, tree.head());
    assert_eq!(sth.at().map(|at| at.to_string()).as_deref(), Some("2023-11-14T22:13:20Z"));
}

#[test]
fn altered_heads_and_other_keys_are_refused() {
    let key = KeyPair::generate().expect("a key");
    let spki = key.subject_public_key_info();
    let good = parse_sth(sth_answer(TreeHead { size: 5, root: [1; 32] }, &key).as_bytes()).expect("a tree head");
    verify_sth(&good, &spki).expect("signed");
    let mut larger = good.clone();
    larger.head.size += 1;
    let mut later = good.clone();
    later.millis += 1;
    let mut cut = good.clone();
    cut.signature.pop();
    let mut other_root = good.clone();
    other_root.head.root[0] = 0;
    for altered in [larger, later, cut, other_root] {
        assert!(matches!(verify_sth(&altered, &spki), Err(CtError::Signature)));
    }
    let stranger = KeyPair::generate().expect("a key").subject_public_key_info();
    assert!(matches!(verify_sth(&good, &stranger), Err(CtError::Signature)));
    assert!(matches!(verify_sth(&good, b"no key"), Err(CtError::Key)));
    assert!(matches!(verify_sth(&good, &[&spki[..], &[0]].concat()), Err(CtError::Key)));
}

/// An RSA key of 2048 bits and its signature over a tree head of size 7 whose root is 32 bytes of 3, signed at 1,700,000,000,000; made with
/// `openssl genrsa` and `openssl dgst -sha256 -sign`.
#[test]
fn rsa_signatures_are_verified() {
    let text = include_str!("rsa_sth.txt");
    let mut lines = text.lines().map(|line| STANDARD.decode(line).expect("Base64"));
    let (spki, signature) = (lines.next().expect("a key"), lines.next().expect("a signature"));
    let mut framed = vec![4, 1];
    framed.extend((signature.len() as u16).to_be_bytes());
    framed.extend(signature);
    let mut sth = Sth { head: TreeHead { size: 7, root: [3; 32] }, millis: 1_700_000_000_000, signature: framed };
    verify_sth(&sth, &spki).expect("signed");
    sth.head.size = 8;
    assert!(matches!(verify_sth(&sth, &spki), Err(CtError::Signature)));
}

#[test]
fn proofs_are_read() {
    let hash = encode(&[5; 32]);
    let answer = format!(r#"{{"consistency":["{hash}"]}}"#);
    assert_eq!(parse_consistency(answer.as_bytes()).expect("a proof"), [[5; 32]]);
    assert!(matches!(parse_consistency(br#"{"consistency":["AAAA"]}"#), Err(CtError::Field("consistency"))));
    let many = format!(r#"{{"consistency":[{}]}}"#, vec![format!("\"{hash}\""); 131].join(","));
    assert!(matches!(parse_consistency(many.as_bytes()), Err(CtError::TooMany(130))));
    let single = leaf(&issued(&["www.x.gov.cn"]), false);
    let answer = format!(r#"{{"leaf_input":"{}","extra_data":"","audit_path":["{hash}"]}}"#, encode(&single));
    let (entry, path) = parse_entry_and_proof(answer.as_bytes()).expect("an entry");
    assert_eq!((entry.leaf_hash, path), (leaf_hash(&single), vec![[5; 32]]));
}

#[test]
fn what_is_no_answer_is_refused() {
    for answer in ["", "<html>", "{}", r#"{"entries":[{}]}"#, r#"{"entries":7}"#, "[[[[[[[["] {
        assert!(matches!(parse_entries(answer.as_bytes()), Err(CtError::Json(_))), "{answer}");
    }
    assert!(matches!(parse_entries(br#"{"entries":[{"leaf_input":"?"}]}"#), Err(CtError::Field("leaf_input"))));
}

proptest! {
    #[test]
    fn damaged_leaves_never_panic(at in 0_usize..500, bytes in prop::collection::vec(any::<u8>(), 0..20), precertificate in any::<bool>()) {
        let mut leaf = leaf(&issued(&["www.x.gov.cn"]), precertificate);
        let start = at.min(leaf.len());
        let end = (start + bytes.len()).min(leaf.len());
        leaf.splice(start..end, bytes.iter().copied());
        let answer = format!(r#"{{"entries":[{{"leaf_input":"{}"}}]}}"#, encode(&leaf));
        prop_assert!(parse_entries(answer.as_bytes()).is_ok());
        let _ = (parse_sth(&bytes), verify_sth(&Sth { head: TreeHead { size: 0, root: [0; 32] }, millis: 0, signature: bytes.clone() }, &bytes));
    }
}
