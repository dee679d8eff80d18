//! Files without mistakes: what is built of them, and where each value came from.

use std::fs;
use std::time::Duration;

use comms::{Blueprint, CommsStack, Config, ErrorClass, MailUrl, SetBy, Value, log_folder};

use crate::{parse, registry};

const MAIL: &str = "\
[defaults]
Tcp.connect_timeout = \"10s\"
local_mail_domain = \"defaults.example\"
Tls.min_version = \"1.3\"

[stacks.mail]
modules = \"Smtp,Util,Tls,Tcp\"
port = 587
Tcp.keep_alive = 1.5
local_mail_domain = \"stack.example\"

[services.mailhub]
stack = \"mail\"
host = \"mail.example\"
port = 2525
tls = \"required\"

[services.local]
url = \"smtp://ann@localhost?tls=none\"
Smtp = { strict = true }

[services.local.Tcp]
nodelay = false

[services.air]
modules = \"Radio\"
channel = 7
";

fn stack(text: &str, service: &str) -> CommsStack {
    parse(text).unwrap().build(service, &registry()).unwrap()
}

fn value(stack: &CommsStack, name: &str) -> Value {
    stack.get(name).unwrap().value.unwrap()
}

#[test]
fn a_service_outdoes_its_stack_and_that_the_defaults() {
    let stack = stack(MAIL, "mailhub");
    assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tls) > (Tcp)");
    assert_eq!(value(&stack, "Tcp.host"), "mail.example".into());
    assert_eq!(value(&stack, "Tcp.port"), 2525_u16.into());
    assert_eq!(value(&stack, "Smtp.local_mail_domain"), "stack.example".into());
    assert_eq!(value(&stack, "Tcp.connect_timeout"), Duration::from_secs(10).into());
    assert_eq!(value(&stack, "Tcp.keep_alive"), Duration::from_millis(1500).into());
    assert_eq!(value(&stack, "Tls.min_version"), "1.3".into());
}

#[test]
fn a_url_is_a_short_service_and_what_stands_beside_it_outdoes_it() {
    let local = stack(MAIL, "local");
    assert_eq!(local.to_string(), "(Smtp) > (Util) > (Tcp)");
    assert_eq!(value(&local, "user"), "ann".into());
    assert_eq!(value(&local, "strict"), true.into());
    assert_eq!(value(&local, "nodelay"), false.into());
    let other = MAIL.replace("nodelay = false", "port = 2626");
    assert_eq!(value(&stack(&other, "local"), "Tcp.port"), 2626_u16.into());
}

#[test]
fn a_user_s_module_takes_part_with_equal_rights() {
    assert_eq!(value(&stack(MAIL, "air"), "channel"), 7_u16.into());
}

#[test]
fn either_spelling_and_every_way_to_name_a_layer_mean_the_same() {
    for setting in [
        "localMailDomain = \"x\"",
        "Smtp.local_mail_domain = \"x\"",
        "smtp.localMailDomain = \"x\"",
        "\"Smtp.local_mail_domain\" = \"x\"",
        "Smtp = { local_mail_domain = \"x\" }",
        "[services.a.Smtp]\nlocal_mail_domain = \"x\"",
    ] {
        let text = format!("[services.a]\nmodules = \"Smtp,Util,Tcp\"\n{setting}\n");
        assert_eq!(value(&stack(&text, "a"), "local_mail_domain"), "x".into(), "{setting}");
    }
}

#[test]
fn the_second_layer_of_a_name_is_addressed_by_its_number() {
    let text = "[services.a]\nmodules = \"Smtp,Util,Latency,Latency,Tcp\"\n\
                \"Latency#2\".round_trip = \"5ms\"\n";
    let stack = stack(text, "a");
    assert_eq!(value(&stack, "Latency#2.round_trip"), Duration::from_millis(5).into());
    assert_eq!(value(&stack, "Latency.round_trip"), Duration::from_millis(100).into());
}

#[test]
fn explain_says_of_each_value_where_it_came_from() {
    let config = parse(MAIL).unwrap();
    let mut blueprint = config.service("mailhub").unwrap().clone();
    blueprint.set("Tcp.stagger", "1s", SetBy::Flag("--set"));
    let explained = blueprint.explain(&registry()).unwrap();
    let origin = |layer: &str, name: &str| {
        let layer = explained.layers.iter().find(|one| one.name == layer).unwrap();
        let property = layer.properties.iter().find(|one| one.name == name).unwrap();
        format!("{} {}", property.value.as_deref().unwrap_or("-"), property.origin)
    };
    assert_eq!(origin("Tcp", "host"), "mail.example service `mailhub` line 14");
    assert_eq!(origin("Tcp", "port"), "2525 service `mailhub` line 15");
    assert_eq!(origin("Tcp", "keep_alive"), "1.5s stack `mail` line 9");
    assert_eq!(origin("Tcp", "connect_timeout"), "10s [defaults] line 2");
    assert_eq!(origin("Tcp", "stagger"), "1s --set");
    assert_eq!(origin("Tcp", "backlog"), "128 default");
    assert_eq!(origin("Tcp", "peer"), "- default");
}

#[test]
fn a_secret_is_found_where_the_file_says_when_it_is_used_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comms.toml");
    let text = "[services.a]\nurl = \"smtp://ann@x\"\npassword = { file = \"secret\" }\n";
    fs::write(&path, text).unwrap();
    let config = Config::read(&path, &registry()).unwrap();

    let explained = format!("{:?}", config.service("a").unwrap().explain(&registry()).unwrap());
    assert!(explained.contains("\"<secret>\""), "{explained}");
    let error = config.build("a", &registry()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content);
    let place = format!("{}, service `a` line 3", path.display());
    assert!(error.sentence().starts_with(&format!(
        "{place}: `Smtp.password` has no value: {}/secret cannot be read: write the value into its \
         first line, or name another: ",
        folder.path().display()
    )));

    fs::write(folder.path().join("secret"), "\n").unwrap();
    let error = config.build("a", &registry()).unwrap_err();
    assert!(error.sentence().ends_with("is empty: write the value there"), "{error:#}");
    fs::write(folder.path().join("secret"), "hunter2\nnot this\n").unwrap();
    let stack = config.build("a", &registry()).unwrap();
    assert!(!format!("{stack:?}").contains("hunter2"));
    let Value::Secret(secret) = value(&stack, "password") else { panic!("a secret") };
    assert_eq!(secret.reveal(), "hunter2");
}

#[test]
fn a_variable_that_is_not_set_is_told_with_its_service_and_its_line() {
    let text = "[services.a]\nurl = \"smtp://x\"\npassword = { env = \"COMMS_TEST_NOT_SET\" }\n";
    let error = parse(text).unwrap().build("a", &registry()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert_eq!(
        error.sentence(),
        "comms.toml, service `a` line 3: `Smtp.password` has no value: the environment variable \
         `COMMS_TEST_NOT_SET` is not set: set it, or name another"
    );
}

#[test]
fn what_is_no_secret_can_be_found_elsewhere_as_well_and_is_checked_when_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comms.toml");
    let text = "[services.a]\nmodules = \"Tcp\"\nport = { file = \"port\" }\n";
    let config = Config::parse(text, &path, &registry()).unwrap();
    fs::write(folder.path().join("port"), "2525").unwrap();
    assert_eq!(value(&config.build("a", &registry()).unwrap(), "port"), 2525_u16.into());
    fs::write(folder.path().join("port"), "many").unwrap();
    let error = config.build("a", &registry()).unwrap_err();
    assert_eq!(
        error.sentence(),
        format!(
            "{}, service `a` line 3: Tcp: `port` is a whole number from 0 to 65535, not `many`",
            path.display()
        )
    );
}

#[test]
fn a_relative_path_is_relative_to_the_file() {
    let text = "[services.a]\nurl = \"smtp://x\"\nca_file = \"ca.pem\"\nclient_key = \"/k\"\n";
    let config = Config::parse(text, "/etc/comms/comms.toml", &registry()).unwrap();
    let stack = config.build("a", &registry()).unwrap();
    assert_eq!(value(&stack, "ca_file"), "/etc/comms/ca.pem".into());
    assert_eq!(value(&stack, "client_key"), "/k".into());
}

#[test]
fn the_logs_of_a_service_are_as_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[log]\ndirectory = \"logs\"\nlevels = \"Radio=trace\"\nmax_size = 7\n\
                [services.a]\nmodules = \"Util,Radio\"\n";
    let path = folder.path().join("comms.toml");
    let config = Config::parse(text, &path, &registry()).unwrap();
    let service = config.service("a").unwrap();
    let logs = log_folder(service).unwrap().unwrap();
    assert_eq!(logs.options().max_size, 7);
    let mut stack = service.build(&registry()).unwrap();
    logs.attach(&mut stack).unwrap();
    stack.connect().unwrap();
    let log = fs::read_to_string(folder.path().join("logs/Radio.log")).unwrap();
    assert!(log.contains("> connect"), "{log}");
    assert!(!folder.path().join("logs/Util.log").exists());
    assert_eq!(parse(MAIL).unwrap().service("air").unwrap().log(), None);
}

#[test]
fn a_service_that_is_not_there_is_told_with_those_that_are() {
    let config = parse(MAIL).unwrap();
    assert_eq!(config.services().collect::<Vec<_>>(), ["mailhub", "local", "air"]);
    assert_eq!(config.stacks().collect::<Vec<_>>(), ["mail"]);
    for (name, expected) in [
        ("mailhb", "comms.toml has no service `mailhb`: did you mean `mailhub`?"),
        ("zzz", "comms.toml has no service `zzz`: it has mailhub, local, air"),
    ] {
        assert_eq!(config.service(name).unwrap_err().to_string(), expected);
    }
    let none = parse("").unwrap().service("a").unwrap_err().to_string();
    assert_eq!(none, "comms.toml has no service `a`, nor any other: add [services.NAME]");
}

#[test]
fn a_file_that_is_no_configuration_is_an_error_of_few_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comms.toml");
    let told = || Config::read(&path, &registry()).unwrap_err().to_string();
    assert_eq!(told(), format!("{} cannot be read", path.display()));
    fs::write(&path, b"a = \"\xff\"").unwrap();
    assert_eq!(told(), format!("{} is not UTF-8: save it as UTF-8", path.display()));
    fs::write(&path, "#".repeat(1024 * 1024 + 1)).unwrap();
    assert!(told().ends_with("is longer than 1048576 octets: this is no configuration"));
}

#[test]
fn a_blueprint_of_a_url_is_the_stack_that_it_means() {
    let url = MailUrl::parse("submission://ann:hunter2@mail.example").unwrap();
    let blueprint = Blueprint::of_url(&url, &SetBy::Flag("--url"));
    assert!(!format!("{blueprint:?}").contains("hunter2"));
    let stack = blueprint.build(&registry()).unwrap();
    assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tls) > (Tcp)");
    assert_eq!(value(&stack, "tls"), "required".into());
}

#[test]
fn nesting_without_end_is_an_error_and_no_end_of_the_program() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let text = format!("x = {}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(parse(&text).is_err());
    }
    assert!(parse(&format!("[{}a]\n", "a.".repeat(100_000))).is_err());
    assert!(parse(&format!("{}a = 1\n", "a.".repeat(100_000))).is_err());
    for text in
        ["x\n", "x = 1\n", "[services.a]\nx = 1\n", "[stacks.a]\nstack = \"x\"\n", "\"\"\"\n"]
    {
        assert!(parse(&text.repeat(10_000)).is_err(), "{text}");
    }
    let modules = "x,".repeat(100_000);
    assert!(parse(&format!("[stacks.a]\nmodules = \"{modules}\"\n")).is_err());
    let long = "x".repeat(500_000);
    assert!(parse(&format!("[defaults]\n{long} = 1\n")).unwrap_err().to_string().len() < 2000);
    let modules = "Tcp,".repeat(100_000);
    assert!(parse(&format!("[stacks.a]\nmodules = \"{modules}\"\n")).is_err());
}
