//! The Merkle tree of a log (RFC 6962, section 2.1; the ways to verify are those of RFC 9162, sections 2.1.3.2 and 2.1.4.2).
//!
//! Invariant: a proof that is too long, too short or altered is refused; nothing is taken on the word of the server.

use sha2::{Digest, Sha256};

/// SHA-256 of a leaf or a node.
pub type Hash = [u8; 32];

/// A tree at one time: its size and what it hashes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// Hash of the root.
    pub root: Hash,
}

/// The proof does not show what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The newer tree is the smaller.
    #[error("the log has become smaller: its newer tree does not hold its older one")]
    Shrunk,
    /// The proof has too many or too few hashes for the sizes.
    #[error("the proof has too many or too few hashes for trees of these sizes")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the proof leads to another root: the log has changed what it held")]
    Root,
}

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of a node over two others.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Verifies that the tree `new` begins with all of the tree `old`.
///
/// # Errors
/// When it is not shown.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    if old.size > new.size {
        return Err(ProofError::Shrunk);
    }
    if old.size == new.size || old.size == 0 {
        let same =
            if old.size == 0 { old.root == empty_root() && (new.size > 0 || new.root == old.root) } else { old.root == new.root };
        return if !proof.is_empty() { Err(ProofError::Length) } else { root_or(same) };
    }
    let (mut first, mut second) = (old.size - 1, new.size - 1);
    let whole = first.trailing_ones();
    (first, second) = (first >> whole, second >> whole);
    // A perfect older tree is a node of the newer one, and is not repeated in the proof.
    let (seed, rest) = if old.size.is_power_of_two() {
        (old.root, proof)
    } else {
        let (seed, rest) = proof.split_first().ok_or(ProofError::Length)?;
        (*seed, rest)
    };
    let (mut old_root, mut new_root) = (seed, seed);
    for hash in rest {
        if second == 0 {
            return Err(ProofError::Length);
        }
        if first & 1 == 1 || first == second {
            old_root = node_hash(hash, &old_root);
            new_root = node_hash(hash, &new_root);
            (first, second) = skip_missing(first, second);
        } else {
            new_root = node_hash(&new_root, hash);
        }
        (first, second) = (first >> 1, second >> 1);
    }
    if second != 0 {
        return Err(ProofError::Length);
    }
    root_or(old_root == old.root && new_root == new.root)
}

/// Verifies that the leaf with hash `leaf` stands at `index` (from 0) of the tree.
///
/// # Errors
/// When it is not shown.
pub fn verify_inclusion(head: &TreeHead, index: u64, leaf: &Hash, proof: &[Hash]) -> Result<(), ProofError> {
    if index >= head.size {
        return Err(ProofError::Length);
    }
    let (mut first, mut second) = (index, head.size - 1);
    let mut root = *leaf;
    for hash in proof {
        if second == 0 {
            return Err(ProofError::Length);
        }
        if first & 1 == 1 || first == second {
            root = node_hash(hash, &root);
            (first, second) = skip_missing(first, second);
        } else {
            root = node_hash(&root, hash);
        }
        (first, second) = (first >> 1, second >> 1);
    }
    if second != 0 {
        return Err(ProofError::Length);
    }
    root_or(root == head.root)
}

/// A left node that is the last of its level has no sibling: the levels up to where it is a right node add nothing.
fn skip_missing(first: u64, second: u64) -> (u64, u64) {
    let missing = if first == 0 { 0 } else { first.trailing_zeros() };
    (first >> missing, second >> missing)
}

fn root_or(same: bool) -> Result<(), ProofError> {
    if same { Ok(()) } else { Err(ProofError::Root) }
}

/// A tree that grows at its end, held by the roots of its perfect subtrees alone: at most 64 hashes, whatever its size. By it a reader
/// proves that the entries it was given are those under the signed root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactTree {
    size: u64,
    /// Roots of the perfect subtrees, the largest first: one for each 1 in the binary form of the size.
    peaks: Vec<Hash>,
}

impl CompactTree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of a size with these roots of perfect subtrees, largest first, as [`peaks`](Self::peaks) gave them; `None` when their
    /// number does not fit the size.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (size.count_ones() as usize == peaks.len()).then_some(Self { size, peaks })
    }

    /// The tree whose last leaf and its inclusion proof are known: a reader that begins in the middle of a log needs no more. Proved
    /// against `head`, the signed tree that ends with that leaf.
    ///
    /// # Errors
    /// When the leaf is not the last of the tree.
    pub fn ending_with(head: &TreeHead, leaf: Hash, proof: &[Hash]) -> Result<Self, ProofError> {
        let before = head.size.checked_sub(1).ok_or(ProofError::Length)?;
        // All siblings of the last leaf are on its left: they are the perfect subtrees before it, the smallest first.
        let peaks = proof.iter().rev().copied().collect();
        let mut tree = Self::from_peaks(before, peaks).ok_or(ProofError::Length)?;
        tree.append(leaf);
        root_or(tree.root() == head.root).map(|()| tree)
    }

    /// Adds a leaf at the end.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each perfect subtree at the end that has the same height as what is added becomes one with it.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The hash of the root.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definitions of RFC 6962, 2.1, word for word and without any thrift: what the functions above are compared with.
    mod definition {
        use super::super::{Hash, empty_root, node_hash};

        fn split(count: usize) -> usize {
            count.next_power_of_two() / 2
        }

        pub fn root(leaves: &[Hash]) -> Hash {
            match leaves {
                [] => empty_root(),
                [leaf] => *leaf,
                _ => {
                    let (left, right) = leaves.split_at(split(leaves.len()));
                    node_hash(&root(left), &root(right))
                }
            }
        }

        pub fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
            if leaves.len() == 1 {
                return Vec::new();
            }
            let k = split(leaves.len());
            let (left, right) = leaves.split_at(k);
            let (mut path, sibling) =
                if index < k { (path(index, left), root(right)) } else { (path(index - k, right), root(left)) };
            path.push(sibling);
            path
        }

        pub fn proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
            subproof(old, leaves, true)
        }

        fn subproof(old: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
            if old == leaves.len() {
                return if known { Vec::new() } else { vec![root(leaves)] };
            }
            let k = split(leaves.len());
            let (left, right) = leaves.split_at(k);
            let (mut proof, sibling) =
                if old <= k { (subproof(old, left, known), root(right)) } else { (subproof(old - k, right, false), root(left)) };
            proof.push(sibling);
            proof
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&[number as u8])).collect()
    }

    fn head(leaves: &[Hash]) -> TreeHead {
        TreeHead { size: leaves.len() as u64, root: definition::root(leaves) }
    }

    #[test]
    fn trees_grow_as_they_are_defined() {
        let all = leaves(64);
        let mut tree = CompactTree::new();
        for size in 0..=64 {
            assert_eq!(tree.head(), head(&all[..size]));
            assert_eq!(CompactTree::from_peaks(tree.size(), tree.peaks().to_vec()).as_ref(), Some(&tree));
            if size > 0 {
                let path = definition::path(size - 1, &all[..size]);
                assert_eq!(CompactTree::ending_with(&tree.head(), all[size - 1], &path).as_ref(), Ok(&tree));
                assert!(CompactTree::ending_with(&tree.head(), [7; 32], &path).is_err());
            }
            if size < 64 {
                tree.append(all[size]);
            }
        }
        assert_eq!(CompactTree::from_peaks(3, vec![[0; 32]]), None);
    }

    #[test]
    fn every_pair_of_trees_is_consistent_and_no_altered_one_is() {
        let all = leaves(64);
        for new in 0..=64 {
            for old in 0..=new {
                let proof = if old == 0 { Vec::new() } else { definition::proof(old, &all[..new]) };
                let (old, new) = (head(&all[..old]), head(&all[..new]));
                assert_eq!(verify_consistency(&old, &new, &proof), Ok(()), "{} in {}", old.size, new.size);
                let other = TreeHead { root: [7; 32], ..old };
                assert!(verify_consistency(&other, &new, &proof).is_err(), "{} in {}", old.size, new.size);
                if old.size > 0 {
                    assert!(verify_consistency(&old, &TreeHead { root: [7; 32], ..new }, &proof).is_err());
                }
                let longer = [&proof[..], &[[0; 32]]].concat();
                assert_eq!(verify_consistency(&old, &new, &longer), Err(ProofError::Length));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(verify_consistency(&old, &new, shorter).is_err());
                }
                for place in 0..proof.len() {
                    let mut altered = proof.clone();
                    altered[place][31] ^= 1;
                    assert_eq!(verify_consistency(&old, &new, &altered), Err(ProofError::Root));
                }
                if old.size < new.size {
                    assert_eq!(verify_consistency(&new, &old, &proof), Err(ProofError::Shrunk));
                }
            }
        }
    }

    #[test]
    fn every_leaf_is_included_and_nothing_else_is() {
        let all = leaves(64);
        for size in 1..=64 {
            let tree = head(&all[..size]);
            for index in 0..size {
                let path = definition::path(index, &all[..size]);
                let place = index as u64;
                assert_eq!(verify_inclusion(&tree, place, &all[index], &path), Ok(()));
                assert!(verify_inclusion(&tree, place, &[7; 32], &path).is_err());
                assert!(verify_inclusion(&tree, place, &all[index], &[&path[..], &[[0; 32]]].concat()).is_err());
                let other = (index + 1) % size;
                assert!(size == 1 || verify_inclusion(&tree, other as u64, &all[index], &path).is_err());
            }
            assert!(verify_inclusion(&tree, size as u64, &all[0], &[]).is_err());
        }
    }

    /// The vectors that implementations of RFC 6962 share: the empty tree, the empty leaf, and the tree over eight inputs.
    #[test]
    fn known_hashes() {
        let hex = |hash: Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(leaf_hash(&[])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        let inputs: [&[u8]; 8] = [
            &[],
            &[0],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let mut tree = CompactTree::new();
        inputs.iter().for_each(|input| tree.append(leaf_hash(input)));
        assert_eq!(hex(tree.root()), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    proptest! {
        #[test]
        fn no_numbers_make_it_panic(old in any::<u64>(), new in any::<u64>(), proof in prop::collection::vec(any::<Hash>(), 0..70)) {
            let (old, new) = (TreeHead { size: old, root: [0; 32] }, TreeHead { size: new, root: [1; 32] });
            let _ = verify_consistency(&old, &new, &proof);
            let _ = verify_inclusion(&new, old.size, &[2; 32], &proof);
            let _ = CompactTree::ending_with(&new, [2; 32], &proof);
        }
    }
}
