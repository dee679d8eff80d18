//! What the peer said and nobody received is seen without a word and without a wait.

use comms_core::{CommsStack, ErrorClass, StackError};

use crate::fakes::diary::Diary;
use crate::fakes::mail::mail_over;
use crate::fakes::scribe::{SMTP, TLS, scribes};
use crate::fakes::tcp::{TCP, Tcp, World};
use crate::fakes::util::{UTIL, Util};

#[test]
fn octets_are_unread_outside_and_in_a_layer_that_holds_them() {
    let world = World::default();
    let mut stack =
        CommsStack::builder().layer(Util::default()).layer(Tcp::of(&world)).build().unwrap();
    stack.connect().unwrap();
    assert!(!stack.unread().unwrap());
    world.say("250 asked\r\n421 unasked\r\n");
    assert!(stack.unread().unwrap(), "outside");
    stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap();
    assert!(stack.unread().unwrap(), "held by Util");
    stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap();
    assert!(!stack.unread().unwrap());
    assert_eq!(world.heard(), "", "nothing is sent for it");
}

#[test]
fn a_peer_that_is_gone_is_an_error_of_the_bottom() {
    let world = World::default();
    let mut stack = mail_over(&world).unwrap();
    assert_eq!(stack.unread().unwrap_err().cause(), Some(&StackError::NotConnected));
    stack.connect().unwrap();
    world.hang_up();
    let error = stack.unread().unwrap_err();
    assert_eq!((error.layer(), error.class()), ("Tcp", ErrorClass::Connection));
}

#[test]
fn a_bottom_that_cannot_look_outside_says_no() {
    let mut stack = scribes(&[&SMTP, &UTIL, &TLS, &TCP], &Diary::default()).unwrap();
    stack.connect().unwrap();
    assert!(!stack.unread().unwrap());
}
