//! The channel becomes secure in one step, or is closed.

use comms_core::{
    Below, CommsModule, CommsStack, Error, ErrorClass, ModuleSpec, Operation, Result, StackError,
};

use crate::fakes::diary::Diary;
use crate::fakes::scribe::{CHECK, SMTP, Scribe, TLS};
use crate::fakes::tcp::{TCP, Tcp, World};
use crate::fakes::util::Util;

#[test]
fn the_request_passes_down_to_the_layer_that_does_it_and_no_further() {
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &diary))
        .layer(Scribe::new(&TLS, &diary))
        .layer(Scribe::new(&TCP, &diary))
        .build()
        .unwrap();
    stack.connect().unwrap();
    diary.tear_out();
    stack.start_tls().unwrap();
    assert_eq!(diary.tear_out(), ["start_tls Check", "start_tls Tls"]);
    assert!(stack.is_connected());
}

#[test]
fn octets_that_wait_in_any_layer_above_are_an_injection_and_everything_is_closed() {
    for checks_above in 0..3 {
        let diary = Diary::default();
        let world = World::saying(["220 go ahead\r\n250 injected\r\n"]);
        let mut stack = CommsStack::new(Tcp::of(&world)).unwrap();
        stack.push(Scribe::new(&TLS, &diary)).unwrap();
        stack.push(Util::default()).unwrap();
        for _ in 0..checks_above {
            stack.push(Scribe::new(&CHECK, &diary)).unwrap();
        }
        stack.connect().unwrap();
        stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap();
        diary.tear_out();
        let error = stack.start_tls().unwrap_err();
        assert_eq!(
            error.sentence(),
            "Util: 14 octets arrived in plain text behind the agreement to start TLS: somebody \
             may be injecting commands; the connection was closed"
        );
        assert_eq!(error.cause(), Some(&StackError::Injected { octets: 14 }));
        assert_eq!((error.layer(), error.class()), ("Util", ErrorClass::Protocol));
        assert!(!diary.tear_out().contains(&"start_tls Tls".to_owned()));
        assert!(stack.names().count() == checks_above + 3 && !stack.to_string().contains("> Tcp"));
        let after = stack.receive(&mut [0; 64]).unwrap_err();
        assert_eq!(after.cause(), Some(&StackError::NotConnected), "nothing injected is read");
    }
}

#[test]
fn the_layers_above_an_injection_stayed_connected_to_nothing() {
    let diary = Diary::default();
    let world = World::saying(["220\r\nx"]);
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&SMTP, &diary).saying("QUIT"))
        .layer(Util::default())
        .layer(Scribe::new(&TLS, &diary))
        .layer(Tcp::of(&world))
        .build()
        .unwrap();
    stack.connect().unwrap();
    let mut view = stack.layer::<Scribe>().unwrap();
    view.run(|_, below| below.receive_until(b"\r\n", 512, &mut Vec::new())).unwrap();
    stack.start_tls().unwrap_err();
    assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tls) > (Tcp)");
    assert_eq!(world.heard(), "", "and nothing was said to whoever injected");
}

#[test]
fn octets_went_on_after_half_a_handshake() {
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &diary))
        .layer(Scribe::new(&TLS, &diary).failing(Operation::StartTls))
        .layer(Tcp::default())
        .build()
        .unwrap();
    stack.connect().unwrap();
    let error = stack.start_tls().unwrap_err();
    assert_eq!(error.sentence(), "Tls: refused to start_tls");
    assert_eq!(stack.to_string(), "(Check) > (Tls) > (Tcp)");
    stack.send("in plain text").unwrap_err();
}

#[test]
fn where_nothing_below_can_do_it_the_channel_stays_as_it_was() {
    let world = World::default();
    let mut stack = CommsStack::builder().layer(Util::default()).layer(Tcp::of(&world)).build();
    let stack = stack.as_mut().unwrap();
    stack.connect().unwrap();
    let error = stack.start_tls().unwrap_err();
    assert_eq!(error.sentence(), "Tcp: nothing below can start_tls");
    assert_eq!(error.class(), ErrorClass::Usage);
    assert_eq!(stack.to_string(), "Util > Tcp");
}

#[test]
fn a_refusal_in_good_order_leaves_the_choice_to_the_caller() {
    let mut stack = CommsStack::builder().layer(Declined).layer(Tcp::default()).build().unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.start_tls().unwrap_err().class(), ErrorClass::Transient);
    assert!(stack.is_connected());
}

#[test]
fn a_layer_that_is_not_connected_is_no_reason_to_close_those_below_it() {
    let diary = Diary::default();
    let mut stack = CommsStack::new(Tcp::default()).unwrap();
    stack.connect().unwrap();
    stack.push(Scribe::new(&TLS, &diary)).unwrap();
    let error = stack.start_tls().unwrap_err();
    assert_eq!(error.sentence(), "Tls: not connected: call connect first");
    assert_eq!(stack.to_string(), "(Tls) > Tcp");
}

/// Asks its peer, who declines.
#[derive(Debug)]
struct Declined;

static DECLINED: ModuleSpec = ModuleSpec::filter("Declined", "is told: not now");

impl CommsModule for Declined {
    fn spec(&self) -> &'static ModuleSpec {
        &DECLINED
    }

    fn start_tls(&mut self, _: &mut dyn Below) -> Result<()> {
        let not_now = std::io::Error::other("454 not now");
        Err(Error::new(ErrorClass::Transient, not_now))
    }
}
