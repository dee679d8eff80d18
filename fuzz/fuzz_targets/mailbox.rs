//! Any text as an address, a mailbox and a list, strictly and leniently: what is taken is written
//! on one line and read again strictly as the same, in linear time.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::time::Duration;

use comms_mime::{Address, Entry, Group, Mailbox, Mailboxes};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rustix::time::{ClockId, clock_gettime};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    swollen: u8,
    text: &'a str,
}

impl Input<'_> {
    /// Now and then the same again and again, which shows what is not linear.
    fn text(&self) -> String {
        let times = if self.swollen > SELDOM { TOTAL / self.text.len().max(1) } else { 1 };
        self.text.repeat(times)
    }
}

fuzz_target!(|input: Input<'_>| {
    let text = input.text();
    let began = processor_time();
    round_trip::<Address>(&text);
    round_trip::<Mailbox>(&text);
    round_trip::<Mailboxes>(&text);
    lenient(&text);
    named(&text);
    let took = processor_time().saturating_sub(began);
    assert!(took < LINEAR, "{took:?} for {} octets", text.len());
});

/// What this thread has had of the processor, however busy the machine is.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a time since it began")
}

fn round_trip<T>(text: &str)
where
    T: FromStr<Err: Display> + Display + Debug + PartialEq,
{
    match text.parse::<T>() {
        Ok(value) => again(&value),
        Err(error) => assert!(is_one_line(&error.to_string()), "{error}"),
    }
}

/// What is read leniently is displayed strictly. A list may hold nothing, which is no list then.
fn lenient(text: &str) {
    match Mailboxes::parse_lenient(text) {
        Ok(list) if list.entries().is_empty() => {}
        Ok(list) => again(&list),
        Err(error) => assert!(is_one_line(&error.to_string()), "{error}"),
    }
    if let Ok(mailbox) = Mailbox::parse_lenient(text) {
        again(&mailbox);
    }
}

/// A value that is displayed is the same value, displayed the same.
fn again<T>(value: &T)
where
    T: FromStr<Err: Display> + Display + Debug + PartialEq,
{
    let shown = value.to_string();
    assert!(is_one_line(&shown), "{shown:?}");
    match shown.parse::<T>() {
        Ok(parsed) => assert_eq!((&parsed, parsed.to_string()), (value, shown)),
        Err(error) => panic!("{shown:?} is not taken: {error}"),
    }
}

/// Any text as the name of a mailbox and of a group.
fn named(text: &str) {
    let address: Address = "a@x.example".parse().expect("an address");
    let Ok(mailbox) = Mailbox::named(text, address) else {
        return assert!(!is_one_line(text));
    };
    again(&mailbox);
    let group = Group::new(text, [mailbox]).expect("a name that a mailbox can have");
    let list: Mailboxes = group.to_string().parse().expect("a list of one group");
    assert_eq!(list.entries(), [Entry::Group(group)]);
}

fn is_one_line(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// As long as a header gets.
const TOTAL: usize = 64 * 1024;

const SELDOM: u8 = 252;

/// Far more than it takes, and far less than the square would.
const LINEAR: Duration = Duration::from_secs(2);
