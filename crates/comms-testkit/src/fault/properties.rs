//! What a fault can be told by name.

use crate::fault::point::{CutPoint, FaultPoint, FlipPoint};

comms_core::properties! {
    /// What a [`Fault`](crate::Fault) can be told.
    #[derive(Debug, Clone)]
    pub struct FaultProperties {
        /// The operation that fails, counted from 1 over all connections.
        Always fail: Option<FaultPoint> = None,
        /// How many connects are refused first.
        Always refuse: u64 = 0,
        /// How the connection ends once so many octets were received.
        Always cut: Option<CutPoint> = None,
        /// How the connection ends once so many octets were sent.
        Always cut_sent: Option<CutPoint> = None,
        /// The octet that is received with bits turned over.
        Always flip: Option<FlipPoint> = None,
        /// The octet that is sent on with bits turned over.
        Always flip_sent: Option<FlipPoint> = None,
        /// The most octets that a receive gives.
        Always receive_at_most: Option<usize> = None,
        /// The most octets that go down in one.
        Always send_at_most: Option<usize> = None,
    }
}
