//! Which of a source's claims a delivery repeats, in one bit each.

/// A set of claim numbers. Numbers are given out in a row, so a bit each costs least: five million claims take 0.6 MB.
#[derive(Debug, Default)]
pub struct Claims {
    words: Vec<u64>,
}

impl Claims {
    /// Adds a number; those below 1 are no claims.
    pub fn insert(&mut self, id: i64) {
        let Ok(id) = usize::try_from(id) else { return };
        let word = id / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (id % 64);
    }

    /// Whether it holds a number.
    pub fn contains(&self, id: i64) -> bool {
        let Ok(id) = usize::try_from(id) else { return false };
        self.words.get(id / 64).is_some_and(|word| word & (1 << (id % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in() {
        let mut claims = Claims::default();
        for id in [1, 63, 64, 1_000_000, -5] {
            claims.insert(id);
        }
        for (id, held) in
            [(1, true), (2, false), (63, true), (64, true), (65, false), (1_000_000, true), (2_000_000, false), (-5, false)]
        {
            assert_eq!(claims.contains(id), held, "{id}");
        }
    }
}
