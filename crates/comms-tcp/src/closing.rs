//! How another thread ends what is waited for at a socket.

use std::net::Shutdown;

use comms_core::Closing;
use socket2::Socket;

/// A second handle of a connected socket.
#[derive(Debug)]
pub(crate) struct Connected(pub(crate) Socket);

impl Closing for Connected {
    // What fails here has been closed already.
    fn end_receiving(&self) {
        let _ = self.0.shutdown(Shutdown::Read);
    }

    fn close(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// The near end of a pair of sockets; a listener waits also for octets at the far end.
#[derive(Debug)]
pub(crate) struct Listening(pub(crate) Socket);

impl Closing for Listening {
    fn end_receiving(&self) {
        self.close();
    }

    fn close(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
