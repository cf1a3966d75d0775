//! Answers kept for as long as their records say, in bounded memory.
//!
//! Two generations in place of an eviction list: when the young one is full it becomes the old one and the former old one is
//! dropped; what is still asked for moves back. So every operation is one or two look-ups and the bound is exact.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::dns::Reply;
use crate::dns::message::Question;

/// How many answers one generation holds.
const GENERATION: usize = 32_768;

/// A cache of replies.
#[derive(Default)]
pub(crate) struct Cache {
    young: HashMap<Question, Kept>,
    old: HashMap<Question, Kept>,
}

#[derive(Clone)]
struct Kept {
    reply: Arc<Reply>,
    until: Instant,
}

impl Cache {
    /// The reply to a question, if one is kept and has not lapsed.
    pub(crate) fn get(&mut self, question: &Question) -> Option<Arc<Reply>> {
        let now = Instant::now();
        if let Some(kept) = self.young.get(question) {
            return (kept.until > now).then(|| Arc::clone(&kept.reply));
        }
        let kept = self.old.remove(question).filter(|kept| kept.until > now)?;
        let reply = Arc::clone(&kept.reply);
        self.insert(question.clone(), kept);
        Some(reply)
    }

    /// Keeps a reply for `lifetime`.
    pub(crate) fn put(&mut self, question: Question, reply: Arc<Reply>, lifetime: Duration) {
        self.insert(question, Kept { reply, until: Instant::now() + lifetime });
    }

    fn insert(&mut self, question: Question, kept: Kept) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(question, kept);
    }
}

#[cfg(test)]
mod tests {
    use model::facts::dns::Answer;

    use super::*;
    use crate::dns::RecordType;

    fn question(number: usize) -> Question {
        Question::new(&format!("h{number}.example.cn"), RecordType::A)
    }

    fn reply() -> Arc<Reply> {
        Arc::new(Reply { aliases: Vec::new(), answer: Answer::Empty })
    }

    #[tokio::test(start_paused = true)]
    async fn answers_lapse() {
        let mut cache = Cache::default();
        cache.put(question(1), reply(), Duration::from_secs(60));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(cache.get(&question(1)).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(cache.get(&question(1)).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_what_is_asked_for_stays() {
        let mut cache = Cache::default();
        cache.put(question(0), reply(), Duration::from_secs(3600));
        for number in 1..GENERATION * 4 {
            cache.put(question(number), reply(), Duration::from_secs(3600));
            if number % 1000 == 0 {
                assert!(cache.get(&question(0)).is_some());
            }
        }
        assert!(cache.young.len() + cache.old.len() <= GENERATION * 2);
        assert!(cache.get(&question(1)).is_none());
    }
}
