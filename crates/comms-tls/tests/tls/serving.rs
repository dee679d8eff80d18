//! The server's side behind a listener, and names that come from below.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread;

use comms_core::{
    Below, CommsModule, CommsStack, ErrorClass, ModuleSpec, Properties, Result, StackError,
};
use comms_testkit::Loopback;
use comms_tls::{Tls, TlsError};

use crate::support::{Authority, client, guarded, hear, meet, stack, stacks, text};

/// A bottom that listens: each peer is a loopback that was put in the queue.
#[derive(Debug, Default, Clone)]
struct Queue(Arc<Mutex<VecDeque<Loopback>>>);

static QUEUE: ModuleSpec = ModuleSpec::bottom("Queue", "accepts who stands in a queue");

impl CommsModule for Queue {
    fn spec(&self) -> &'static ModuleSpec {
        &QUEUE
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn listen(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn accept(&mut self, below: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let mut peer = self.0.lock().unwrap().pop_front().ok_or(StackError::NotConnected)?;
        peer.connect(below)?;
        Ok(Box::new(peer))
    }
}

impl Queue {
    fn call(&self) -> Loopback {
        let (near, far) = Loopback::pair();
        self.0.lock().unwrap().push_back(far);
        near
    }
}

#[test]
fn each_peer_of_a_listener_is_served_and_can_resume_its_session() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let queue = Queue::default();
    // A server because it listens, and by its properties.
    let mut tls = Tls::new().immediately();
    tls.options_mut().certificate = Some(server.certificate.clone().into());
    tls.options_mut().key = Some(server.key.clone().into());
    let stack_of = CommsStack::builder().layer(tls).layer(queue.clone());
    let mut listener = stack_of.build().unwrap().listen().unwrap();

    let mut tls = client(&authority);
    for resumed in ["false", "true"] {
        let mut near = stack(tls, queue.call());
        let mut far = listener.take().unwrap();
        let (ours, theirs) = meet(&mut near, &mut far);
        ours.and(theirs).unwrap();
        assert_eq!(text(&far, "resumed"), resumed);
        far.send("220 ready\r\n").unwrap();
        assert_eq!(hear(&mut near, 11), b"220 ready\r\n");
        near.disconnect().unwrap();
        // The layer goes on above another bottom, with its sessions.
        tls = taken(near);
    }
}

/// The top of a stack that is no more needed.
fn taken(mut stack: CommsStack) -> Tls {
    std::mem::take(stack.layer::<Tls>().unwrap().module_mut().unwrap())
}

#[test]
fn a_listener_whose_certificate_cannot_be_used_does_not_begin_to_listen() {
    let stack =
        |tls: Tls| CommsStack::builder().layer(tls).layer(Queue::default()).build().unwrap();
    let error = stack(Tls::new()).listen().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert!(matches!(error.cause(), Some(TlsError::Incomplete { needed: "certificate", .. })));
    let error = stack(Tls::server("/nowhere/cert.pem", "/nowhere/key.pem")).listen().unwrap_err();
    assert!(matches!(error.cause(), Some(TlsError::File { property: "certificate", .. })));
}

comms_core::properties! {
    /// What a proxy, or Tcp, knows of its peer.
    #[derive(Debug)]
    struct Peer {
        /// Whom it connects to.
        BeforeConnect host: String = String::from("mail.example"),
    }
}

/// A filter that has a host.
#[derive(Debug, Default)]
struct Named(Peer);

static NAMED: ModuleSpec = ModuleSpec {
    properties: Peer::TABLE,
    ..ModuleSpec::filter("Named", "knows whom it is connected to")
};

impl CommsModule for Named {
    fn spec(&self) -> &'static ModuleSpec {
        &NAMED
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.0)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.0)
    }
}

#[test]
fn the_name_to_expect_is_the_host_below_unless_another_is_set() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let connect = |tls: Tls, host: &str| {
        let (near, far) = Loopback::pair();
        let layers = CommsStack::builder().layer(tls).layer(Named::default()).layer(near);
        let mut near = guarded(layers.build().unwrap());
        near.set("host", host).unwrap();
        let mut far = stack(server.server().immediately(), far);
        meet(&mut near, &mut far).0
    };
    let unnamed = || Tls::new().immediately().ca_file(authority.ca_file());
    connect(unnamed(), "mail.example").unwrap();
    let error = connect(unnamed(), "192.0.2.1").unwrap_err();
    assert_eq!(error.to_string(), "Tls: the certificate is for mail.example, not 192.0.2.1");
    connect(client(&authority), "192.0.2.1").unwrap();
}

#[test]
fn what_takes_effect_at_connect_cannot_be_set_while_connected() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, mut far) = stacks(client(&authority), server.server().immediately());
    near.set("handshakeTimeout", "5s").unwrap();
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    assert!(near.set("verify", "none").is_err());
    assert!(near.set("active", false).is_err());
    near.disconnect().unwrap();
    near.set("verify", "none").unwrap();
    assert!(near.set("verify", "perhaps").is_err());
}

#[test]
fn two_peers_that_both_leave_hurt_nobody() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, mut far) = stacks(client(&authority), server.server().immediately());
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    thread::scope(|scope| {
        let far = scope.spawn(|| far.disconnect());
        near.disconnect().unwrap();
        far.join().unwrap().unwrap();
    });
    assert!(matches!(near.noop().unwrap_err().cause(), Some(StackError::NotConnected)));
}
