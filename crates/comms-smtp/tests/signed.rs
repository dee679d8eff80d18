//! Signed messages on the wire: what was signed goes out, or nothing that counts.

#![cfg(test)]

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use comms_core::{
    Below, CommsModule, CommsStack, ErrorClass, ModuleSpec, Payload, Receipt, Result,
};
use comms_mime::{Attachment, DkimKey, DkimSigner, Message, RawMessage, Transfer};
use comms_smtp::{Smtp, SmtpError, SmtpMessage};
use comms_util::Util;

use crate::common::{cause, envelope};

/// A bottom that answers what it has been given to say, keeps what it hears, and changes the last
/// octet of a file once content arrives.
#[derive(Debug)]
struct Meddler {
    replies: Vec<&'static str>,
    heard: Arc<Mutex<Vec<u8>>>,
    file: Option<PathBuf>,
}

static SPEC: ModuleSpec = ModuleSpec::bottom("Meddler", "changes a file while it is sent");

impl CommsModule for Meddler {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        let heard = &mut *self.heard.lock().unwrap();
        payload.pieces().for_each(|piece| heard.extend_from_slice(piece.octets()));
        let has_content = |_: &mut PathBuf| heard.windows(5).any(|five| five == b"DKIM-");
        if let Some(path) = self.file.take_if(has_content) {
            let mut file = OpenOptions::new().write(true).open(path).unwrap();
            file.seek(SeekFrom::End(-1)).unwrap();
            file.write_all(b"!").unwrap();
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        if self.replies.is_empty() {
            return Ok(0);
        }
        let reply = self.replies.remove(0).as_bytes();
        into[..reply.len()].copy_from_slice(reply);
        Ok(reply.len())
    }

    fn flush(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }
}

const REPLIES: [&str; 6] = [
    "220 mail.example\r\n",
    "250 mail.example\r\n",
    "250 ok\r\n",
    "250 ok\r\n",
    "354 go on\r\n",
    "250 done\r\n",
];

/// Sends a message; gives how that ended, and what the peer heard.
fn sent(message: &SmtpMessage, meddled: Option<PathBuf>) -> (Result<Receipt>, Vec<u8>) {
    let heard = Arc::default();
    let peer = Meddler { replies: REPLIES.to_vec(), heard: Arc::clone(&heard), file: meddled };
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(peer).build().unwrap();
    stack.connect().unwrap();
    let outcome = stack.send(message);
    let _ = stack.disconnect();
    let heard = heard.lock().unwrap().clone();
    (outcome, heard)
}

fn signer() -> DkimSigner {
    // RFC 8463 A.2.
    let key = DkimKey::from_pem(
        "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
         -----END PRIVATE KEY-----\n",
    );
    DkimSigner::new(key.unwrap(), "x.example", "s").unwrap()
}

/// A file of several blocks, so that its end is read once its beginning is on the wire.
fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.eml");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"From: ann@x.example\r\n\r\n").unwrap();
    file.write_all(&b"a line of text\r\n".repeat(12_000)).unwrap();
    (folder, path)
}

fn messages(path: &PathBuf) -> [SmtpMessage; 2] {
    let raw = RawMessage::file(path).unwrap().dkim(signer()).unwrap();
    let composed = Message::builder().from("ann@x.example".parse().unwrap());
    let composed = composed.attach(Attachment::file(path).unwrap()).dkim(signer());
    let to = &["bob@y.example"];
    [SmtpMessage::raw(raw, envelope(to)), SmtpMessage::new(composed.build().unwrap(), envelope(to))]
}

#[test]
fn a_file_that_changes_while_it_is_sent_never_reaches_the_end_of_its_content() {
    for number in 0..2 {
        let (_kept, path) = file();
        let message = &messages(&path)[number];
        let (outcome, heard) = sent(message, Some(path));
        let error = outcome.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Content, "{error:?}");
        assert!(error.sentence().contains("the message has changed since it was signed"));
        let heard = String::from_utf8(heard).unwrap();
        assert!(heard.contains("DKIM-Signature: v=1;") && !heard.contains("\r\n.\r\n"));
    }
}

#[test]
fn what_is_signed_is_what_goes_on_the_wire() {
    let (_kept, path) = file();
    for message in messages(&path) {
        let mut written = Vec::new();
        message.write_to(&mut written, Transfer::EightBit).unwrap();
        let (outcome, heard) = sent(&message, None);
        assert!(outcome.is_ok());
        let (_, content) = split(&heard, b"DATA\r\n");
        let (content, _) = split(content, b"\r\n.\r\n");
        assert_eq!(content.len() + 2, written.len());
        // A signature is made anew each time, perhaps in the next second.
        let unsigned = |octets: &[u8]| split(octets, b"b=").1[100..].to_vec();
        assert_eq!(unsigned(&[content, b"\r\n"].concat()), unsigned(&written));
    }
}

#[test]
fn a_file_that_is_gone_is_told_and_the_server_has_no_octet_of_content() {
    for number in 0..2 {
        let (_kept, path) = file();
        let message = &messages(&path)[number];
        fs::remove_file(&path).unwrap();
        let (outcome, heard) = sent(message, None);
        let error = outcome.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Content);
        assert!(matches!(cause(&error), SmtpError::Content { .. }), "{error:?}");
        assert!(heard.ends_with(b"DATA\r\n"));
    }
}

/// The octets before and behind the first that are these.
fn split<'o>(octets: &'o [u8], at: &[u8]) -> (&'o [u8], &'o [u8]) {
    let place = octets.windows(at.len()).position(|window| window == at).unwrap();
    (&octets[..place], &octets[place + at.len()..])
}
