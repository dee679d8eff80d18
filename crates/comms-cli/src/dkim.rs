//! Signing what is sent.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use comms::{DkimKey, DkimSigner, MessageBuilder, RawMessage};

use crate::failure::{Failure, bad};

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Signature")]
pub(crate) struct DkimArgs {
    /// Sign by DKIM with this key, RSA or Ed25519, as PEM; can be repeated, each with a selector
    #[arg(id = "dkim_key", long = "dkim-key", value_name = "PEM",
        requires_all = ["dkim_domain", "dkim_selector"])]
    keys: Vec<PathBuf>,
    /// The domain that signs
    #[arg(id = "dkim_domain", long = "dkim-domain", value_name = "DOMAIN", requires = "dkim_key")]
    domain: Option<String>,
    /// Which of the domain's keys it is: its record stands under `SELECTOR._domainkey.DOMAIN`
    #[arg(
        id = "dkim_selector",
        long = "dkim-selector",
        value_name = "SELECTOR",
        requires = "dkim_key"
    )]
    selectors: Vec<String>,
}

/// Who signs each message; nobody, if that was not asked for.
#[derive(Debug)]
pub(crate) struct Signers(Vec<DkimSigner>);

impl Signers {
    pub(crate) fn new(args: &DkimArgs) -> Result<Self, Failure> {
        let (keys, selectors) = (&args.keys, &args.selectors);
        if keys.len() != selectors.len() {
            let why = "each --dkim-key needs a --dkim-selector of its own";
            return Err(Failure::Usage(why.to_owned()));
        }
        let domain = args.domain.as_deref().unwrap_or_default();
        let signers = keys.iter().zip(selectors).map(|(path, selector)| {
            DkimSigner::new(key(path)?, domain, selector).map_err(|error| bad(&"--dkim", &error))
        });
        signers.collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// Where each key's record is published, and what it says.
    pub(crate) fn records(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|signer| format!("{} TXT {}", signer.record_name(), signer.record()))
    }

    /// Has a composed message signed.
    pub(crate) fn compose(&self, message: MessageBuilder) -> MessageBuilder {
        self.0.iter().cloned().fold(message, MessageBuilder::dkim)
    }

    /// Has a message signed that exists already.
    pub(crate) fn sign(&self, message: RawMessage) -> Result<RawMessage, Failure> {
        let signed = self.0.iter().cloned().try_fold(message, RawMessage::dkim);
        signed.map_err(|error| bad(&"--dkim-key", &error))
    }
}

fn key(path: &Path) -> Result<DkimKey, Failure> {
    let shown = path.display();
    let unreadable = |error| Failure::BadInput(format!("--dkim-key {shown}: {error}"));
    let text = fs::read_to_string(path).map_err(unreadable)?;
    DkimKey::from_pem(&text).map_err(|error| bad(&format!("--dkim-key {shown}"), &error))
}
