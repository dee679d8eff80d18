//! The same trouble again and again, told once.

/// The trouble that was told last.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    last: Option<String>,
}

impl Repeats {
    /// Whether `trouble` is worth telling: it is another than the last one.
    pub(crate) fn is_news(&mut self, trouble: &str) -> bool {
        if self.last.as_deref() == Some(trouble) {
            return false;
        }
        self.last = Some(trouble.to_owned());
        true
    }

    /// All is well again: the next trouble is news.
    pub(crate) fn over(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_news_until_it_repeats_and_again_after_it_was_over() {
        let mut repeats = Repeats::default();
        assert!(repeats.is_news("too many files"));
        assert!(!repeats.is_news("too many files"));
        assert!(repeats.is_news("no memory"));
        assert!(repeats.is_news("too many files"));
        repeats.over();
        assert!(repeats.is_news("too many files"));
    }
}
