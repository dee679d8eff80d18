//! What a stack promises, each promise a test. The modules are fakes under real names.

mod deadline;
mod fakes;
mod life;
mod listener;
mod order;
mod property;
mod random;
mod seam;
mod upgrade;
