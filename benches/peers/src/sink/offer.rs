//! What a sink offers, and how it behaves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::Failure;

/// What a sink is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The keywords of its reply to EHLO.
    pub(crate) keywords: Vec<String>,
    /// How long after each arrival it answers.
    pub(crate) answer_after: Option<Duration>,
    /// Whether it acknowledges each arrival at once (`TCP_QUICKACK`), and not with the next answer.
    /// It spares clients without `TCP_NODELAY` that write the end mark on its own a wait of 40 ms.
    pub(crate) quick: bool,
    /// Its certificate and key (PEM), for TLS from the first octet.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

impl Offer {
    /// Every extension that saves round trips but CHUNKING, and answers at once.
    pub(crate) fn pipelining() -> Self {
        let keywords = ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8"].map(str::to_owned).to_vec();
        Self { keywords, answer_after: None, quick: false, identity: None }
    }

    /// The same and CHUNKING.
    pub(crate) fn chunking() -> Self {
        let mut offer = Self::pipelining();
        offer.keywords.push("CHUNKING".to_owned());
        offer
    }

    /// The same, and it acknowledges at once.
    pub(crate) fn quick(mut self) -> Self {
        self.quick = true;
        self
    }

    /// The same, and it answers so long after each arrival.
    pub(crate) fn late(mut self, after: Duration) -> Self {
        self.answer_after = Some(after);
        self
    }

    /// The same under TLS from the first octet, with this certificate and key.
    pub(crate) fn secure(mut self, certificate: &Path, key: &Path) -> Self {
        self.identity = Some((certificate.to_owned(), key.to_owned()));
        self
    }

    /// What these arguments tell, as [`arguments`](Self::arguments) wrote them.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut offer =
            Self { keywords: Vec::new(), answer_after: None, quick: false, identity: None };
        let (mut certificate, mut key) = (None, None);
        for argument in arguments {
            match argument.split_once('=') {
                Some(("keyword", keyword)) => offer.keywords.push(keyword.to_owned()),
                Some(("answer-after-ms", time)) => {
                    offer.answer_after = Some(Duration::from_millis(time.parse()?));
                }
                Some(("acknowledge", "at-once")) => offer.quick = true,
                Some(("certificate", path)) => certificate = Some(path.into()),
                Some(("key", path)) => key = Some(path.into()),
                _ => return Err(format!("a sink knows nothing of {argument:?}").into()),
            }
        }
        offer.identity = certificate.zip(key);
        if offer.answer_after.is_some() && offer.identity.is_some() {
            return Err("a sink under TLS answers at once".into());
        }
        Ok(offer)
    }

    /// The offer as arguments of a program.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let keywords = self.keywords.iter().map(|keyword| format!("keyword={keyword}"));
        let after = self.answer_after.map(|after| format!("answer-after-ms={}", after.as_millis()));
        let quick = self.quick.then(|| "acknowledge=at-once".to_owned());
        let identity = self.identity.iter().flat_map(|(certificate, key)| {
            [format!("certificate={}", certificate.display()), format!("key={}", key.display())]
        });
        keywords.chain(after).chain(quick).chain(identity).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_survives_the_way_through_arguments() {
        let late = Offer::chunking().late(Duration::from_millis(20));
        let secure = Offer::pipelining().quick().secure("cert.pem".as_ref(), "key.pem".as_ref());
        for offer in [late, secure] {
            assert_eq!(Offer::parse(offer.arguments()).ok(), Some(offer));
        }
        assert!(Offer::parse(["colour=red".to_owned()]).is_err());
    }
}
