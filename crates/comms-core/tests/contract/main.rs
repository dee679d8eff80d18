//! What a stack promises, each promise a test. The modules are fakes under real names.

#![expect(clippy::unwrap_used, reason = "what a test sets up must work")]

mod deadline;
mod fakes;
mod life;
mod listener;
mod order;
mod passing;
mod pool;
mod pool_end;
mod pool_threads;
mod property;
mod random;
mod seam;
mod unread;
mod upgrade;
