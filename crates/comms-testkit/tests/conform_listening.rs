//! The suite is run on a bottom that listens, made of the system's own sockets.

#![expect(clippy::unwrap_used, reason = "a test's own module may fail the test")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use comms_core::{
    Below, CommsModule, CommsStack, Error, ErrorClass, MethodSpec, ModuleSpec, Payload, Receipt,
    Result, Value, wrong_payload,
};
use comms_testkit::{Pair, conform};

/// Where the listening side can be found, once it listens.
type Address = Arc<Mutex<Option<SocketAddr>>>;

#[derive(Debug, Default)]
struct Plain {
    address: Address,
    listener: Option<TcpListener>,
    stream: Option<TcpStream>,
}

static SPEC: ModuleSpec = ModuleSpec {
    methods: &[MethodSpec { name: "end_sending", doc: "sends no more" }],
    ..ModuleSpec::bottom("Plain", "a socket")
};

impl Plain {
    fn at(address: &Address) -> Self {
        Self { address: Arc::clone(address), ..Self::default() }
    }

    fn stream(&mut self, below: &dyn Below) -> Result<&mut TcpStream> {
        let left = below.deadline().remaining(below.clock())?;
        let stream = self.stream.as_mut().unwrap();
        stream.set_read_timeout(left).unwrap();
        stream.set_write_timeout(left).unwrap();
        Ok(stream)
    }
}

fn failed(cause: std::io::Error, below: &dyn Below) -> Error {
    match cause.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => below.deadline().passed().into(),
        _ => Error::new(ErrorClass::Connection, cause),
    }
}

impl CommsModule for Plain {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        if self.stream.is_none() {
            let address = self.address.lock().unwrap().unwrap();
            self.stream = Some(TcpStream::connect(address).unwrap());
        }
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return Err(wrong_payload(&SPEC, payload));
        }
        let stream = self.stream(below)?;
        for piece in payload.pieces() {
            stream.write_all(piece.octets()).map_err(|cause| failed(cause, below))?;
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if into.is_empty() {
            // The system would wait for an octet all the same.
            return Ok(0);
        }
        self.stream(below)?.read(into).map_err(|cause| failed(cause, below))
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        Ok(String::new())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.stream = None;
        Ok(())
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        *self.address.lock().unwrap() = Some(listener.local_addr().unwrap());
        self.listener = Some(listener);
        Ok(())
    }

    fn listen(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let (stream, _) = self.listener.as_ref().unwrap().accept().unwrap();
        Ok(Box::new(Self { stream: Some(stream), ..Self::default() }))
    }

    fn invoke(&mut self, _: &str, _: &[Value], _: &mut dyn Below) -> Result<Value> {
        self.stream.as_ref().unwrap().shutdown(Shutdown::Write).unwrap();
        Ok(Value::Nothing)
    }
}

#[test]
fn a_bottom_that_listens_can_be_tried() {
    conform::check(|| {
        let address = Address::default();
        let listener = CommsStack::new(Plain::at(&address))?.listen()?;
        Ok(Pair::listening(CommsStack::new(Plain::at(&address))?, listener))
    })
    .unwrap();
}
