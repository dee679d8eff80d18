//! Modules that may not stand in an order are refused in one whole sentence.

use comms_core::{
    CommsModule, CommsStack, ErrorClass, ModuleSpec, OrderError, PropertyError, Registry,
    StackError, UnknownModule,
};

use crate::fakes::diary::Diary;
use crate::fakes::scribe::{CHECK, SMTP, Scribe, TLS, scribes};
use crate::fakes::tcp::{TCP, Tcp};
use crate::fakes::util::{Parity, UTIL, Util};

#[test]
fn nothing_is_no_stack() {
    assert_eq!(refused(&[]), "a stack needs at least one module, a bottom such as Tcp");
}

#[test]
fn a_stack_without_a_bottom_says_what_is_missing_and_where() {
    assert_eq!(
        refused(&[&SMTP, &UTIL]),
        "Util needs a stream of octets (Tcp) directly below, found nothing:  Smtp > Util > [Tcp?]"
    );
    assert_eq!(
        refused(&[&SMTP]),
        "Smtp needs a line service (Util) directly below, found nothing:  Smtp > [Util?]"
    );
}

#[test]
fn a_bottom_in_the_middle_is_refused() {
    assert_eq!(
        refused(&[&UTIL, &TCP, &CHECK]),
        "Tcp is a bottom and must be the last module, found Check below it:  Util > Tcp > Check"
    );
}

#[test]
fn two_bottoms_are_refused() {
    assert_eq!(
        refused(&[&UTIL, &TCP, &TCP]),
        "Tcp is a bottom and must be the last module, found Tcp below it:  Util > Tcp > Tcp"
    );
}

#[test]
fn smtp_without_util_says_so() {
    assert_eq!(
        refused(&[&SMTP, &TCP]),
        "Smtp needs a line service (Util) directly below, found Tcp:  Smtp > [Util?] > Tcp"
    );
}

#[test]
fn smtp_wants_its_lines_directly_below_and_not_further_down() {
    assert_eq!(
        refused(&[&SMTP, &TLS, &UTIL, &TCP]),
        "Smtp needs a line service (Util) directly below, found Tls:  \
         Smtp > [Util?] > Tls > Util > Tcp"
    );
}

#[test]
fn a_filter_that_lets_everything_pass_does_not_stand_between_smtp_and_its_lines() {
    let stack = scribes(&[&SMTP, &CHECK, &CHECK, &UTIL, &TLS, &TCP], &Diary::default()).unwrap();
    assert_eq!(
        stack.to_string(),
        "(Smtp) > (Check) > (Check#2) > (Util) > (Tls) > (Tcp)",
        "a layer that is not connected stands in parentheses"
    );
}

#[test]
fn nothing_stands_above_a_top() {
    assert_eq!(
        refused(&[&CHECK, &SMTP, &UTIL, &TCP]),
        "Check needs a stream of octets (Tcp) directly below, found Smtp, which is a top and \
         provides none:  Check > Smtp > Util > Tcp"
    );
}

#[test]
fn eight_bits_do_not_go_through_seven() {
    let mut narrow = Util::default();
    narrow.properties.parity = Parity::Even;
    let tls = Scribe::new(&TLS, &Diary::default());
    let error = CommsStack::of(vec![Box::new(tls), Box::new(narrow), Box::new(Tcp::default())])
        .unwrap_err();
    assert_eq!(
        error.sentence(),
        "Tls sends all eight bits, and Util below it passes seven:  Tls > Util > Tcp"
    );
}

#[test]
fn a_property_that_would_break_the_order_is_refused_and_taken_back() {
    let tls = Scribe::new(&TLS, &Diary::default());
    let modules: Vec<Box<dyn CommsModule>> =
        vec![Box::new(tls), Box::new(Util::default()), Box::new(Tcp::default())];
    let mut stack = CommsStack::of(modules).unwrap();
    let error = stack.set("parity", "even").unwrap_err();
    assert_eq!(
        error.sentence(),
        "Tls sends all eight bits, and Util below it passes seven:  Tls > Util > Tcp"
    );
    assert_eq!(stack.get("parity").unwrap().value, Some("none".into()));
    stack.pop().unwrap();
    stack.set("parity", "even").unwrap();
    assert_eq!(stack.get("parity").unwrap().value, Some("even".into()));
    let tls = Scribe::new(&TLS, &Diary::default());
    assert!(stack.push(tls).is_err(), "what may not stand on seven bits cannot be pushed either");
    assert_eq!(stack.to_string(), "(Util) > (Tcp)");
}

#[test]
fn what_may_not_be_pushed_or_inserted_leaves_the_stack_as_it_was() {
    let diary = Diary::default();
    let mut stack = scribes(&[&TLS, &TCP], &diary).unwrap();
    let wrong = [
        (
            stack.push(Scribe::new(&SMTP, &diary)),
            "Smtp needs a line service (Util) directly below, found Tls:  \
             Smtp > [Util?] > Tls > Tcp",
        ),
        (
            stack.push(Scribe::new(&TCP, &diary)),
            "Tcp is a bottom and must be the last module, found Tls below it:  Tcp > Tls > Tcp",
        ),
        (
            stack.insert(1, Scribe::new(&SMTP, &diary)),
            "Tls needs a stream of octets (Tcp) directly below, found Smtp, which is a top and \
             provides none:  Tls > Smtp > Tcp",
        ),
        (
            stack.insert(99, Scribe::new(&CHECK, &diary)),
            "Tcp is a bottom and must be the last module, found Check below it:  \
             Tls > Tcp > Check",
        ),
    ];
    for (outcome, sentence) in wrong {
        assert_eq!(outcome.unwrap_err().sentence(), sentence);
    }
    assert_eq!(stack.to_string(), "(Tls) > (Tcp)");
    stack.insert(1, Scribe::new(&CHECK, &diary)).unwrap();
    assert_eq!(stack.to_string(), "(Tls) > (Check) > (Tcp)");
}

#[test]
fn the_last_layer_cannot_be_popped() {
    let mut stack = CommsStack::new(Tcp::default()).unwrap();
    let error = stack.pop().unwrap_err();
    assert_eq!(error.sentence(), "a stack needs at least one module, a bottom such as Tcp");
    assert_eq!(stack.depth(), 1);
}

#[test]
fn a_connected_top_is_neither_popped_nor_pushed_under() {
    let diary = Diary::default();
    let mut stack = scribes(&[&CHECK, &TCP], &diary).unwrap();
    stack.connect().unwrap();
    let pop = stack.pop().unwrap_err();
    assert_eq!(pop.sentence(), "already connected: disconnect first");
    assert_eq!(pop.cause(), Some(&StackError::Connected));
    let insert = stack.insert(1, Scribe::new(&CHECK, &diary)).unwrap_err();
    assert_eq!(insert.sentence(), "already connected: disconnect first");
    assert_eq!(stack.to_string(), "Check > Tcp");
}

#[test]
fn a_stack_that_is_too_deep_is_a_mistake() {
    let specs = |filters| {
        let mut specs = vec![&CHECK; filters];
        specs.push(&TCP);
        specs
    };
    assert!(scribes(&specs(63), &Diary::default()).is_ok());
    assert_eq!(refused(&specs(64)), "a stack has at most 64 layers, found 65");
    let mut full = scribes(&specs(63), &Diary::default()).unwrap();
    let error = full.push(Scribe::new(&CHECK, &Diary::default())).unwrap_err();
    assert_eq!(error.cause(), Some(&OrderError::TooDeep { found: 65 }));
    assert_eq!(full.depth(), 64);
}

#[test]
fn a_name_that_nobody_registered_is_answered_with_the_nearest() {
    let registry = Registry::new().with::<Util>().with::<Tcp>();
    let error = registry.build("Utli, Tcp").unwrap_err();
    assert_eq!(
        error.sentence(),
        "no module is called `Utli`: did you mean `Util`?; known are Util, Tcp"
    );
    assert_eq!(error.class(), ErrorClass::Usage);
    let unknown = error.cause::<UnknownModule>().unwrap();
    assert_eq!(unknown.nearest.as_deref(), Some("Util"));
    let far = registry.module("Modem").unwrap_err();
    assert_eq!(far.sentence(), "no module is called `Modem`; known are Util, Tcp");
}

#[test]
fn names_build_the_same_stack_as_types_and_fail_the_same_check() {
    let registry = Registry::new().with::<Util>().with::<Tcp>();
    assert_eq!(registry.build(" util ,TCP").unwrap().to_string(), "(Util) > (Tcp)");
    let builder = CommsStack::builder().layer(Util::default()).layer(Tcp::default());
    assert_eq!(builder.build().unwrap().to_string(), "(Util) > (Tcp)");
    assert_eq!(
        registry.build("").unwrap_err().sentence(),
        "a stack needs at least one module, a bottom such as Tcp"
    );
    let upside_down = CommsStack::builder().layer(Tcp::default()).layer(Util::default());
    assert_eq!(
        registry.build("Tcp,Util").unwrap_err().sentence(),
        upside_down.build().unwrap_err().sentence()
    );
}

#[test]
fn a_module_in_place_of_another_was_not_used_when_its_name_differed_in_case() {
    #[derive(Debug, Default)]
    struct Own;
    static OWN: ModuleSpec = ModuleSpec::bottom("TCP", "in place of Tcp");
    impl CommsModule for Own {
        fn spec(&self) -> &'static ModuleSpec {
            &OWN
        }
    }
    let registry = Registry::new().with::<Tcp>().with::<Own>();
    assert_eq!(registry.build("Tcp").unwrap().to_string(), "(TCP)");
    assert_eq!(format!("{registry:?}"), "Registry { entries: [TCP] }");
}

#[test]
fn layers_of_one_name_are_told_apart_and_renamed_as_the_stack_grows() {
    let mut stack = scribes(&[&CHECK, &TCP], &Diary::default()).unwrap();
    stack.push(Util::default()).unwrap();
    stack.push(Util::default()).unwrap();
    assert_eq!(stack.names().collect::<Vec<_>>(), ["Util", "Util#2", "Check", "Tcp"]);
    stack.set("Util#2.limit", 7_u16).unwrap();
    stack.pop().unwrap();
    assert_eq!(stack.names().collect::<Vec<_>>(), ["Util", "Check", "Tcp"]);
    assert_eq!(stack.get("Util.limit").unwrap().value, Some(7_u16.into()));
    let gone = stack.get("Util#2.limit").unwrap_err();
    assert_eq!(
        gone.sentence(),
        "the stack (Util) > (Check) > (Tcp) has no layer Util#2: did you mean `Util`?"
    );
    assert!(gone.cause::<PropertyError>().is_none());
}

/// The sentence with which a stack of these is refused.
fn refused(specs: &[&'static ModuleSpec]) -> String {
    let error = scribes(specs, &Diary::default()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert_eq!(error.layer(), "stack");
    assert!(error.cause::<OrderError>().is_some());
    error.sentence()
}
