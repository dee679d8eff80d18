//! `Util` keeps the rules that every module keeps.
#![cfg(test)]

use comms_testkit::conform;
use comms_util::Util;

#[test]
fn util_keeps_the_rules_of_modules() {
    conform::filter(Util::new).unwrap();
}
