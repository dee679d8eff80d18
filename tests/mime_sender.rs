//! Sends the matrix to a server, for `tests/real/mime.sh`, and writes down what went in:
//!
//! ```text
//! mime_matrix HOST PORT RECIPIENT MANIFEST [PROPERTY=VALUE]...
//! ```
//!
//! The manifest has a line of JSON for each message. Those that need SMTPUTF8 are left out where the
//! server does not offer it.

mod matrix;

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

use comms::{CommsStack, Smtp, SmtpStack, Tcp, Util};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::matrix::Case;
use crate::matrix::cases::all;
use crate::matrix::expected::{Content, Expected, Leaf, Node, Shown};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [host, port, recipient, manifest, properties @ ..] = arguments.as_slice() else {
        return Err("usage: mime_matrix HOST PORT RECIPIENT MANIFEST [PROPERTY=VALUE]...".into());
    };
    let tcp = Tcp::new(host, port.parse()?);
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(tcp).build()?;
    for property in properties {
        let (name, value) = property.split_once('=').ok_or("a property is NAME=VALUE")?;
        stack.set(name, value)?;
    }
    let mut cases = all(usize::MAX);
    stack.connect()?;
    if !stack.smtp()?.extensions().offers("SMTPUTF8") {
        // Nothing else carries their addresses.
        cases.retain(|case| !case.expected.is_international);
    }
    let messages = cases.iter().map(|case| case.to(recipient));
    let outcomes = stack.smtp()?.send_all(messages)?;
    stack.disconnect()?;
    for (case, outcome) in cases.iter().zip(outcomes) {
        outcome.map_err(|error| format!("{}: {error}", case.name))?;
    }
    let mut manifest = BufWriter::new(File::create(manifest)?);
    for case in &cases {
        writeln!(manifest, "{}", described(case))?;
    }
    Ok(manifest.flush()?)
}

fn described(case: &Case) -> Value {
    let Expected { id, date, texts, mailboxes, is_international, root } = &case.expected;
    let mailboxes = mailboxes.iter().map(|(field, shown)| {
        let shown = shown.iter().map(|Shown { name, address }| json!([name, address]));
        json!([field, shown.collect::<Value>()])
    });
    json!({
        "name": case.name,
        "id": id,
        "date": date,
        "texts": texts,
        "mailboxes": mailboxes.collect::<Value>(),
        "international": is_international,
        "root": node(root),
    })
}

fn node(node: &Node) -> Value {
    match node {
        Node::Multipart(subtype, parts) => {
            json!({"multipart": subtype, "parts": parts.iter().map(self::node).collect::<Value>()})
        }
        Node::Leaf(Leaf { media_type, disposition, file_name, content_id, content }) => {
            let (kind, octets) = match content {
                Content::Text(text) => ("text", text.as_bytes()),
                Content::Octets(octets) => ("octets", octets.as_slice()),
            };
            json!({
                "type": media_type,
                "disposition": disposition,
                "file_name": file_name,
                "content_id": content_id,
                "kind": kind,
                "length": octets.len(),
                "last": octets.last(),
                "sha256": digest(octets),
            })
        }
    }
}

fn digest(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest.iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"))
}
