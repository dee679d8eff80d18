//! The rules that every module keeps, with a proxy on the far side.

use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Result, StackError};
use comms_testkit::{Loopback, Pair, conform};

use crate::way::WAYS;

/// The proxy's side, which has the target in itself.
#[derive(Debug)]
struct Proxy {
    dialogue: &'static [(&'static [u8], &'static [u8])],
}

static SPEC: ModuleSpec = ModuleSpec::filter("Proxy", "is a proxy, and what lies behind it");

impl CommsModule for Proxy {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        for (said, answer) in self.dialogue {
            let mut heard = Vec::new();
            while heard.len() < said.len() {
                let mut octet = [0];
                if below.receive(&mut octet)? == 0 {
                    let during = "in the middle of what a proxy is asked".to_owned();
                    return Err(StackError::Ended { during }.into());
                }
                heard.extend(octet);
            }
            assert_eq!(heard, *said);
            below.send(Payload::Bytes(answer))?;
        }
        Ok(())
    }
}

#[test]
fn proxies_keep_the_rules_of_every_module() {
    for way in WAYS {
        conform::check(|| {
            let (near, far) = Loopback::pair();
            let proxy = Proxy { dialogue: way.dialogue };
            Ok(Pair::new(
                CommsStack::of(vec![(way.layer)(), Box::new(near)])?,
                CommsStack::builder().layer(proxy).layer(far).build()?,
            ))
        })
        .unwrap();
    }
}
