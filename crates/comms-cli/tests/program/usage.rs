//! Calls that make no sense, and the advice that they get.
