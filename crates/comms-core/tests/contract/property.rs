//! Properties and methods are found by name, top-most first, and mistakes are answered.

use std::time::Duration;

use comms_core::{
    Access, Below, CommsModule, ErrorClass, ModuleSpec, Properties, PropertyError, Secret, Value,
};

use crate::fakes::diary::Diary;
use crate::fakes::mail::mail;
use crate::fakes::scribe::Scribe;
use crate::fakes::tcp::Tcp;
use crate::fakes::util::{UTIL, Util};

#[test]
fn the_top_most_layer_that_has_a_name_answers() {
    let mut stack = mail().unwrap();
    stack.insert(1, Util::default()).unwrap();
    stack.set("limit", 7_u16).unwrap();
    let limit = stack.get("limit").unwrap();
    assert_eq!((limit.layer.as_str(), limit.value), ("Util", Some(Value::Integer(7))));
    assert_eq!(stack.get("Util#2.limit").unwrap().value, Some(Value::Integer(4096)));
    assert_eq!(stack.get("port").unwrap().layer, "Tcp");
}

#[test]
fn a_name_with_its_layer_addresses_that_layer_alone() {
    let mut stack = mail().unwrap();
    stack.insert(1, Util::default()).unwrap();
    stack.set("Util#2.limit", "9").unwrap();
    stack.set("tcp.port", "587").unwrap();
    assert_eq!(stack.get("Util.limit").unwrap().value, Some(Value::Integer(4096)));
    assert_eq!(stack.get("Util#2.limit").unwrap().value, Some(Value::Integer(9)));
    assert_eq!(stack.get("Tcp.port").unwrap().value, Some(Value::Integer(587)));
    assert_eq!(
        stack.get("Util.host").unwrap_err().sentence(),
        "Util has no property `host`",
        "the layers below are not searched"
    );
    assert_eq!(
        stack.get("Tls.port").unwrap_err().sentence(),
        "the stack (Smtp) > (Util) > (Util#2) > (Tcp) has no layer Tls"
    );
}

#[test]
fn the_older_spelling_reads_and_sets_the_same_property() {
    let mut stack = mail().unwrap();
    stack.set("keepAlive", "1.5s").unwrap();
    let time = Some(Value::Duration(Duration::from_millis(1500)));
    assert_eq!(stack.get("keep_alive").unwrap().value, time);
    assert_eq!(stack.get("Tcp.keepAlive").unwrap().value, time);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let mut stack = mail().unwrap();
    let read = stack.get("prot").unwrap_err();
    let sentence = "(Smtp) > (Util) > (Tcp) has no property `prot`: did you mean `port`?";
    assert_eq!((read.sentence().as_str(), read.class()), (sentence, ErrorClass::Usage));
    assert_eq!(stack.set("prot", 25_u16).unwrap_err().sentence(), sentence);
    let scoped = stack.get("Tcp.hosst").unwrap_err();
    assert_eq!(scoped.sentence(), "Tcp has no property `hosst`: did you mean `host`?");
    let nothing_like_it = stack.get("zzz").unwrap_err();
    assert_eq!(nothing_like_it.sentence(), "(Smtp) > (Util) > (Tcp) has no property `zzz`");
    for odd in ["", ".", "Tcp.", ".port", "Tcp.port.port", "é", "Ä.Ö"] {
        assert!(stack.get(odd).is_err(), "{odd}");
        assert!(stack.set(odd, 1_u16).is_err(), "{odd}");
        assert!(!stack.has_attribute(odd), "{odd}");
    }
}

#[test]
fn no_value_yet_is_not_an_unknown_name() {
    let mut stack = mail().unwrap();
    assert_eq!(stack.get("local_port").unwrap().value, None);
    stack.connect().unwrap();
    assert_eq!(stack.get("local_port").unwrap().value, Some(Value::Integer(50_000)));
    stack.disconnect().unwrap();
    assert_eq!(stack.get("local_port").unwrap().value, None);
}

#[test]
fn what_a_module_fills_in_cannot_be_set() {
    let mut stack = mail().unwrap();
    let error = stack.set("local_port", 1_u16).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: `local_port` can be read and not set");
    assert_eq!(error.cause(), Some(&PropertyError::ReadOnly { name: "local_port" }));
    assert_eq!(
        stack.set("log", "off").unwrap_err().sentence(),
        "Smtp: `log` can be read and not set"
    );
}

#[test]
fn an_address_stays_while_it_is_in_use() {
    let mut stack = mail().unwrap();
    stack.connect().unwrap();
    let error = stack.set("port", 26_u16).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: `port` cannot be set while connected: disconnect first");
    stack.set("keep_alive", 60_u16).unwrap();
    stack.disconnect().unwrap();
    stack.set("port", 26_u16).unwrap();
}

#[test]
fn a_value_of_another_type_is_refused_and_changes_nothing() {
    let mut stack = mail().unwrap();
    let refused = [
        ("port", Value::from("lots"), "Tcp: `port` is a whole number from 0 to 65535, not `lots`"),
        ("port", 70_000.into(), "Tcp: `port` is a whole number from 0 to 65535, not `70000`"),
        ("port", true.into(), "Tcp: `port` is a whole number from 0 to 65535, not `true`"),
        ("host", 25_u16.into(), "Tcp: `host` is text, not `25`"),
        ("parity", "odd".into(), "Util: `parity` is one of: none, even, not `odd`"),
        (
            "keep_alive",
            "soon".into(),
            "Tcp: `keep_alive` is a time such as 30, 1.5s, 200ms or 5m, not `soon`",
        ),
    ];
    for (name, value, sentence) in refused {
        assert_eq!(stack.set(name, value).unwrap_err().sentence(), sentence);
    }
    assert_eq!(stack.get("port").unwrap().value, Some(Value::Integer(25)));
    assert_eq!(stack.get("host").unwrap().value, Some("localhost".into()));
}

#[test]
fn a_password_that_was_read_as_a_number_is_not_repeated_in_the_error() {
    let mut stack = mail().unwrap();
    let list = Value::List(vec![Value::from("hunter2")]);
    for name in ["pass_word", "spare_word"] {
        for value in [Value::Integer(271_828), list.clone(), Value::Bool(true)] {
            let error = stack.set(name, value).unwrap_err();
            assert_eq!(
                error.sentence(),
                format!("Tcp: `{name}` is secret text, not `<not shown>`")
            );
            let whole = format!("{error} {error:?} {:?}", error.cause::<PropertyError>());
            for secret in ["271828", "hunter2", "true"] {
                assert!(!whole.contains(secret), "{whole}");
            }
        }
    }
}

#[test]
fn a_secret_is_shown_by_nothing_that_holds_it() {
    let mut stack = mail().unwrap();
    stack.set("pass_word", "hunter2").unwrap();
    stack.set("spare_word", Secret::new("hunter2")).unwrap();
    let property = stack.get("pass_word").unwrap();
    assert_eq!(property.value, Some(Value::Secret(Secret::new("hunter2"))));
    let misplaced = stack.set("host", Secret::new("hunter2")).unwrap_err();
    assert_eq!(misplaced.sentence(), "Tcp: `host` is text, not `<secret>`");
    let list = Value::List(vec![Secret::new("hunter2").into()]);
    let shown = format!("{stack:?} {property:?} {misplaced:?} {list} {list:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn every_property_is_listed_with_its_layer_its_default_and_its_access() {
    let stack = mail().unwrap();
    let listed = stack.attributes().map(|(layer, row)| format!("{layer}.{}", row.name));
    assert_eq!(
        listed.collect::<Vec<_>>().join(" "),
        "Util.parity Util.limit Tcp.host Tcp.port Tcp.keep_alive Tcp.local_port Tcp.pass_word \
         Tcp.spare_word"
    );
    let (_, port) = stack.attributes().find(|(_, row)| row.name == "port").unwrap();
    assert_eq!((port.access, port.doc), (Access::BeforeConnect, "The port there."));
    assert_eq!((port.default)(), Some(Value::Integer(25)));
    assert!(stack.attributes().filter(|(_, row)| row.secret).count() == 2);
    assert!(stack.has_attribute("keepAlive") && !stack.has_attribute("keep_dead"));
}

#[test]
fn a_method_is_run_by_the_top_most_layer_that_has_it() {
    let mut stack = mail().unwrap();
    stack.insert(1, Util::default()).unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.invoke("peer_name", &[]).unwrap(), Value::from("a server"));
    assert_eq!(stack.invoke("peerName", &[]).unwrap(), Value::from("a server"));
    stack.send("12345").unwrap();
    assert_eq!(stack.invoke("held", &[]).unwrap(), Value::Integer(5));
    assert_eq!(stack.invoke("Util#2.held", &[]).unwrap(), Value::Integer(0));
}

#[test]
fn an_unknown_method_is_answered_with_the_nearest() {
    let mut stack = mail().unwrap();
    let error = stack.invoke("pear_name", &[]).unwrap_err();
    assert_eq!(
        error.sentence(),
        "no module of the stack has a method `pear_name`: did you mean `peer_name`?"
    );
    assert_eq!(error.class(), ErrorClass::Usage);
    let elsewhere = stack.invoke("Util.peer_name", &[]).unwrap_err();
    assert_eq!(elsewhere.sentence(), "no module of the stack has a method `peer_name`");
    assert!(stack.invoke("Modem.peer_name", &[]).is_err());
}

#[test]
fn names_that_differ_in_case_alone_did_not_lead_to_the_wrong_layer() {
    #[derive(Debug, Default)]
    struct Loud(Tcp);
    static LOUD: ModuleSpec = ModuleSpec { name: "UTIL", ..UTIL };
    impl CommsModule for Loud {
        fn spec(&self) -> &'static ModuleSpec {
            &LOUD
        }
        fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
            Some(&mut self.0.properties)
        }
    }
    let mut stack = mail().unwrap();
    stack.insert(2, Loud::default()).unwrap();
    assert_eq!(stack.names().collect::<Vec<_>>(), ["Smtp", "Util", "UTIL#2", "Tcp"]);
    let answered_by_loud = stack.set("UTIL#2.limit", 5_u16).unwrap_err();
    assert_eq!(answered_by_loud.layer(), "UTIL#2");
    assert_eq!(stack.get("util.limit").unwrap().value, Some(Value::Integer(4096)));
}

#[test]
fn a_module_called_like_the_second_of_another_name_kept_its_own_name() {
    static SECOND: ModuleSpec = ModuleSpec { name: "Util#2", ..UTIL };
    let mut stack = mail().unwrap();
    stack.insert(1, Util::default()).unwrap();
    stack.insert(3, Scribe::new(&SECOND, &Diary::default())).unwrap();
    let names = stack.names().collect::<Vec<_>>();
    assert_eq!(names, ["Smtp", "Util", "Util#2", "Util#2#2", "Tcp"]);
}

#[test]
fn what_is_run_in_a_layer_passes_its_seam() {
    let mut stack = mail().unwrap();
    let early = stack.layer::<Util>().unwrap().run(|_, _| Ok(())).unwrap_err();
    assert_eq!(early.sentence(), "Util: not connected: call connect first");
    stack.connect().unwrap();
    let failing = |_: &mut Util, below: &mut dyn Below| below.invoke("dance", &[]);
    let error = stack.layer::<Util>().unwrap().run(failing).unwrap_err();
    assert_eq!(error.layer(), "Util", "{error}");
}

#[test]
fn a_layer_is_found_by_its_type() {
    let mut stack = mail().unwrap();
    let mut view = stack.layer::<Tcp>().unwrap();
    view.module_mut().unwrap().properties.port = 2525;
    assert_eq!(view.module().unwrap().properties.port, 2525);
    assert_eq!(stack.get("port").unwrap().value, Some(Value::Integer(2525)));
    stack.pop().unwrap();
    let error = stack.layer::<Scribe>().map(|_| ()).unwrap_err();
    assert_eq!(error.sentence(), "the stack (Util) > (Tcp) has no layer Scribe");
}
