//! The rules that every module keeps.

use comms_core::CommsStack;
use comms_tcp::Tcp;
use comms_testkit::{Pair, conform};

use crate::peers::listen_port;

#[test]
fn tcp_keeps_the_rules_of_every_module_on_both_sides() {
    conform::check(|| {
        let listener = CommsStack::new(Tcp::new("127.0.0.1", 0))?.listen()?;
        let near = Tcp::new("127.0.0.1", listen_port(&listener));
        Ok(Pair::listening(CommsStack::new(near)?, listener))
    })
    .unwrap();
}
