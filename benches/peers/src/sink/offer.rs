//! What a sink offers, and how it behaves.

use std::path::PathBuf;
use std::time::Duration;

use harness::Failure;

/// What a sink is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The keywords of its reply to EHLO.
    pub(crate) keywords: Vec<String>,
    /// How long after each arrival it answers. Not under TLS.
    pub(crate) answer_after: Option<Duration>,
    /// Its certificate and key (PEM), for TLS from the first octet.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

impl Offer {
    /// Every extension that saves round trips but CHUNKING, and answers at once.
    pub(crate) fn pipelining() -> Self {
        let keywords = ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8"].map(str::to_owned).to_vec();
        Self { keywords, answer_after: None, identity: None }
    }

    /// The same and CHUNKING.
    pub(crate) fn chunking() -> Self {
        let mut offer = Self::pipelining();
        offer.keywords.push("CHUNKING".to_owned());
        offer
    }

    /// What these arguments tell, as [`arguments`](Self::arguments) wrote them.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut offer = Self { keywords: Vec::new(), answer_after: None, identity: None };
        let (mut certificate, mut key) = (None, None);
        for argument in arguments {
            match argument.split_once('=') {
                Some(("keyword", keyword)) => offer.keywords.push(keyword.to_owned()),
                Some(("answer-after-ms", time)) => {
                    offer.answer_after = Some(Duration::from_millis(time.parse()?));
                }
                Some(("certificate", path)) => certificate = Some(path.into()),
                Some(("key", path)) => key = Some(path.into()),
                _ => return Err(format!("a sink knows nothing of {argument:?}").into()),
            }
        }
        offer.identity = certificate.zip(key);
        match (&offer.identity, offer.answer_after) {
            (Some(_), Some(_)) => Err("a sink under TLS answers at once".into()),
            _ => Ok(offer),
        }
    }

    /// The offer as arguments of a program.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let keywords = self.keywords.iter().map(|keyword| format!("keyword={keyword}"));
        let after = self.answer_after.map(|after| format!("answer-after-ms={}", after.as_millis()));
        let identity = self.identity.iter().flat_map(|(certificate, key)| {
            [format!("certificate={}", certificate.display()), format!("key={}", key.display())]
        });
        keywords.chain(after).chain(identity).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_survives_the_way_through_arguments() {
        let mut late = Offer::chunking();
        late.answer_after = Some(Duration::from_millis(20));
        let mut secure = Offer::pipelining();
        secure.identity = Some(("cert.pem".into(), "key.pem".into()));
        for offer in [late, secure] {
            assert_eq!(Offer::parse(offer.arguments()).ok(), Some(offer));
        }
        assert!(Offer::parse(["colour=red".to_owned()]).is_err());
    }
}
