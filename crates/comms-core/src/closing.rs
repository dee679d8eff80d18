//! Ending what a stack waits for, from another thread.

use std::fmt::Debug;

/// A handle to what a bottom has open, by which another thread ends what is waited for there.
///
/// It belongs to one connection, or to one time of listening, and is good for nothing afterwards.
/// The stack still has to be disconnected by who owns it.
pub trait Closing: Debug + Send + Sync {
    /// Nothing more comes from the peer: a receive that waits gives the end, and so do those to
    /// come, once what has arrived is read. What is sent still goes. On a bottom that listens it
    /// is the same as [`close`](Self::close).
    fn end_receiving(&self);

    /// The connection is broken off both ways: whoever waits is told so by an error, or by the end.
    /// A bottom that listens waits for nobody any more.
    fn close(&self);
}
