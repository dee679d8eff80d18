//! Services by name: which file is found, what outdoes what, and how mistakes are told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::{Sink, comms, failure, text};

/// A folder with a configuration, and nothing else that a program could find.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The program, at home in the folder.
    fn comms(&self, args: &[&str]) -> Command {
        let mut program = comms();
        program.current_dir(self.folder.path()).env("HOME", self.folder.path()).args(args);
        program.env_remove("COMMS_CONFIG").env_remove("XDG_CONFIG_HOME");
        program
    }

    fn run(&self, args: &[&str]) -> Output {
        self.comms(args).output().unwrap()
    }
}

fn local(url: &str) -> String {
    format!("[services.local]\nurl = \"{url}\"\n")
}

const SEND: [&str; 7] =
    ["send", "--service", "local", "--from", "ann@x.example", "--to", "bob@y.example"];

#[test]
fn a_message_goes_to_a_service_as_it_would_to_its_url() {
    let (sink, place) = (Sink::start(&[]), Place::new());
    place.write("comms.toml", &local(&sink.url));
    let sent = place.run(&[&SEND[..], &["--text", "Hello"]].concat());
    assert_eq!(sent.status.code(), Some(0), "{}", text(&sent.stderr));
    assert_eq!(place.run(&["noop", "--service", "local"]).status.code(), Some(0));
    assert_eq!(place.run(&["help", "--service", "local"]).status.code(), Some(0));
}

#[test]
fn sendmail_took_its_usual_server_in_place_of_the_service_that_was_named() {
    let (sink, place) = (Sink::start(&[]), Place::new());
    place.write("comms.toml", &local(&sink.url));
    let mail = place.write("mail.eml", "Subject: Hello\n\nHello Bob\n");
    let mut program = place.comms(&["sendmail", "--service", "local", "bob@y.example"]);
    program.env("COMMS_URL", "smtp://127.0.0.1:1").stdin(fs::File::open(mail).unwrap());
    let output = program.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn the_layers_of_a_service_have_the_logs_that_the_file_asks_for_unless_a_flag_names_another() {
    let (sink, place) = (Sink::start(&[]), Place::new());
    let file = "[log]\ndirectory = \"logs\"\nlevels = \"Smtp=script\"\n".to_owned();
    place.write("comms.toml", &(file + &local(&sink.url)));
    let folder = place.folder.path().join("logs");
    let output = place.run(&["noop", "--service", "local", "--log", "one.log"]);
    assert_eq!((output.status.code(), folder.exists()), (Some(0), false));
    assert_eq!(place.run(&["noop", "--service", "local"]).status.code(), Some(0));
    let log = fs::read_to_string(folder.join("Smtp.log")).unwrap();
    assert!(log.contains("C: NOOP"), "{log}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn the_first_file_that_there_is_is_the_one_that_is_used() {
    let place = Place::new();
    let shown = |program: &mut Command| {
        let output = program.output().unwrap();
        let line = text(&output.stdout);
        let line = line.lines().find(|line| line.trim_start().starts_with("host "));
        line.map_or_else(
            || text(&output.stderr),
            |line| line.split_whitespace().nth(1).unwrap().to_owned(),
        )
    };
    let args = ["stack", "--service", "local"];
    let none = shown(&mut place.comms(&args));
    assert!(
        none.starts_with("comms: there is no comms.toml: write one, or name it in COMMS_CONFIG;")
    );

    place.write(".config/comms/comms.toml", &local("smtp://home.example"));
    assert_eq!(shown(&mut place.comms(&args)), "home.example");
    let xdg = place.write("xdg/comms/comms.toml", &local("smtp://xdg.example"));
    let xdg = xdg.ancestors().nth(2).unwrap().to_owned();
    assert_eq!(shown(place.comms(&args).env("XDG_CONFIG_HOME", &xdg)), "xdg.example");
    place.write("comms.toml", &local("smtp://here.example"));
    assert_eq!(shown(place.comms(&args).env("XDG_CONFIG_HOME", &xdg)), "here.example");
    let named = place.write("named.toml", &local("smtp://variable.example"));
    assert_eq!(shown(place.comms(&args).env("COMMS_CONFIG", &named)), "variable.example");
    let other = place.write("other.toml", &local("smtp://flag.example"));
    let other = other.to_str().unwrap();
    let mut flag = place.comms(&[&args[..], &["--config", other]].concat());
    assert_eq!(shown(flag.env("COMMS_CONFIG", &named)), "flag.example");
}

#[test]
fn flags_outdo_the_service_and_that_the_rest() {
    let place = Place::new();
    let file = "[defaults]\nTcp.stagger = \"1s\"\n[stacks.s]\nmodules = \"Smtp,Util,Tcp\"\n\
                port = 1\nhost = \"stack\"\n[services.local]\nstack = \"s\"\nhost = \"service\"\n";
    place.write("comms.toml", file);
    let output = place.run(&["stack", "--service", "local", "--set", "Tcp.host=flag"]);
    let lines = text(&output.stdout);
    let line = |name: &str| {
        let mut lines = lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.find(|words| words.first() == Some(&name)).unwrap()[1..].join(" ")
    };
    assert!(line("host").starts_with("flag --set "), "{lines}");
    assert!(line("port").starts_with("1 stack `s` line 5 "), "{lines}");
    assert!(line("stagger").starts_with("1s [defaults] line 2 "), "{lines}");
    assert!(line("backlog").starts_with("128 default "), "{lines}");
}

#[test]
fn a_stack_is_told_as_json_without_its_secrets() {
    let place = Place::new();
    let file = "[services.local]\nurl = \"smtp://ann@x\"\npassword = { env = \"COMMS_TEST\" }\n";
    place.write("comms.toml", file);
    let output = place.run(&["stack", "--service", "local", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let smtp = &told["layers"][0];
    assert_eq!(smtp["name"], "Smtp");
    let property = |name: &str| {
        let mut all = smtp["properties"].as_array().unwrap().iter();
        all.find(|property| property["name"] == name).unwrap().clone()
    };
    assert_eq!(property("user")["value"], "ann");
    assert_eq!(property("password")["value"], "<secret>");
    assert_eq!(property("password")["origin"], "service `local` line 3");
    assert_eq!(property("remote_mail_domain")["access"], "read_only");
    assert_eq!(property("authzid")["value"], serde_json::Value::Null);
}

#[test]
fn a_password_is_taken_from_where_the_file_says_and_missed_before_anything_is_sent() {
    let (sink, place) = (Sink::start(&[]), Place::new());
    let file = local(&sink.url) + "password = { env = \"COMMS_TEST_PASSWORD\" }\n";
    place.write("comms.toml", &file);
    let missing = place.run(&["noop", "--service", "local"]);
    assert_eq!(
        failure(&missing),
        (
            64,
            "comms: comms.toml, service `local` line 3: `Smtp.password` has no value: the \
             environment variable `COMMS_TEST_PASSWORD` is not set: set it, or name another"
                .to_owned()
        )
    );
    let mut there = place.comms(&["noop", "--service", "local"]);
    let there = there.env("COMMS_TEST_PASSWORD", "hunter2").output().unwrap();
    assert_eq!(there.status.code(), Some(0), "{}", text(&there.stderr));
}

#[test]
fn a_check_tells_every_mistake_or_how_much_there_is() {
    let place = Place::new();
    place.write("comms.toml", &local("smtp://x"));
    let fine = place.run(&["config", "check"]);
    assert_eq!(fine.status.code(), Some(0));
    assert_eq!(text(&fine.stdout), "comms.toml: 1 service, 0 stacks: fine\n");

    let path = place.write("wrong.toml", "[stacks.a]\nmodules = \"Tcp\"\nprot = 1\n[servces.a]\n");
    let wrong = place.run(&["config", "check", "--config", "wrong.toml"]);
    assert_eq!(wrong.status.code(), Some(65));
    assert_eq!(
        text(&wrong.stderr),
        "\
comms: wrong.toml:3:1: Tcp has no property `prot`
  |
3 | prot = <not shown>
  | ^^^^
  = did you mean `port`?

wrong.toml:4:2: there is no section `servces`
  |
4 | [servces.a]
  |  ^^^^^^^
  = did you mean `services`?
"
    );
    let object = |args: &[&str], status| {
        let output = place.run(&[&["config", "check", "--json"], args].concat());
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let fine = object(&[], 0);
    assert_eq!(fine["services"], serde_json::json!(["local"]));
    assert_eq!(
        (&fine["mistakes"], &fine["error"]),
        (&serde_json::json!([]), &serde_json::Value::Null)
    );
    let wrong = object(&["--config", "wrong.toml"], 65);
    assert_eq!(
        (wrong["path"].as_str(), wrong["mistakes"].as_array().unwrap().len()),
        (Some("wrong.toml"), 2)
    );
    assert_eq!(
        wrong["mistakes"][1],
        serde_json::json!({
            "line": 4,
            "column": 2,
            "text": "there is no section `servces`",
            "remedy": "did you mean `services`?",
        })
    );
    assert_eq!(wrong["error"]["class"], "content");
    assert_eq!(object(&["--config", "nowhere.toml"], 65)["error"]["class"], "content");
    // The same is told where the file is used.
    let used = place.run(&["noop", "--service", "a", "--config", path.to_str().unwrap()]);
    assert_eq!(used.status.code(), Some(65));
}

#[test]
fn a_service_or_a_file_that_is_not_there_is_told() {
    let place = Place::new();
    place.write("comms.toml", &local("smtp://x"));
    let unknown = place.run(&["noop", "--service", "locl"]);
    let told = "comms: --service: comms.toml has no service `locl`: did you mean `local`?";
    assert_eq!(failure(&unknown), (64, told.to_owned()));
    let unread = place.run(&["config", "check", "--config", "nowhere.toml"]);
    let (status, told) = failure(&unread);
    assert_eq!(status, 65);
    assert!(told.starts_with("comms: nowhere.toml cannot be read: "), "{told}");
    let both = place.run(&["noop", "--service", "local", "--url", "smtp://x"]);
    assert_eq!(both.status.code(), Some(64));
    let alone = place.run(&["noop", "--url", "smtp://x", "--config", "comms.toml"]);
    assert_eq!(alone.status.code(), Some(64));
}

#[test]
fn the_schema_is_json_and_knows_every_module() {
    let output = Place::new().run(&["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for module in ["Smtp", "Util", "Tls", "Tcp"] {
        assert!(schema["$defs"][format!("layer.{module}")].is_object(), "{module}");
    }
}

#[test]
fn a_relative_path_is_relative_to_the_file_that_is_named() {
    let place = Place::new();
    let folder = place.write("etc/comms.toml", &(local("smtp://x") + "ca_file = \"ca.pem\"\n"));
    let folder: &Path = folder.parent().unwrap();
    let output =
        place.run(&["stack", "--service", "local", "--config", "etc/comms.toml", "--json"]);
    assert!(text(&output.stdout).contains("\"etc/ca.pem\""), "{}", folder.display());
}
