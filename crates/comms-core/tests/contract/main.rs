//! What a stack promises, each promise a test. The modules are fakes under real names.

mod fakes;
mod order;
mod property;
