//! What is shown of a configuration can be said again, whatever stands in it.

use comms::{Access, Config, Registry};
use proptest::prelude::*;

use crate::registry;

/// A setting that is right, wherever its module is.
fn setting() -> impl Strategy<Value = String> {
    let text = "[a-z0-9.@ -]{0,12}";
    let time = (0_u64..10_000_000, prop::sample::select(vec!["ms", "s", "m"]));
    prop_oneof![
        text.prop_map(|text| format!("local_mail_domain = {text:?}")),
        text.prop_map(|text| format!("Tcp.host = {text:?}")),
        any::<u16>().prop_map(|port| format!("port = {port}")),
        any::<u32>().prop_map(|rate| format!("minimum_rate = {rate}")),
        any::<bool>().prop_map(|truth| format!("Tcp.nodelay = {truth}")),
        time.clone().prop_map(|(number, unit)| format!("Smtp.timeout = \"{number}{unit}\"")),
        time.prop_map(|(number, unit)| format!("connect_timeout = \"{number}{unit}\"")),
        (0.0_f64..1e6).prop_map(|seconds| format!("keep_alive = {seconds:?}")),
        prop::sample::select(vec!["opportunistic", "required", "none"])
            .prop_map(|word| format!("Smtp.tls = {word:?}")),
        prop::sample::select(vec!["1.2", "1.3"]).prop_map(|word| format!("min_version = {word:?}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_explain_shows_sets_the_same_values_again(
        defaults in prop::collection::vec(setting(), 0..3),
        stack in prop::collection::vec(setting(), 0..3),
        service in prop::collection::vec(setting(), 0..4),
    ) {
        let text = format!(
            "[defaults]\n{}\n[stacks.s]\nmodules = \"Smtp,Util,Tls,Tcp\"\n{}\n\
             [services.a]\nstack = \"s\"\n{}\n",
            once(defaults), once(stack), once(service),
        );
        let registry = registry();
        let config = Config::parse(&text, "comms.toml", &registry);
        let config = config.map_err(|error| TestCaseError::fail(error.to_string()))?;
        same_again(&config, &registry)?;
    }

    #[test]
    fn no_text_ends_the_program(text in "(\\PC|[\\[\\]=\"'{}.,#\n]){0,200}") {
        let _ = Config::parse(&text, "comms.toml", &registry());
    }

    #[test]
    fn a_marker_in_a_secret_is_never_shown(
        before in "[a-z =\"'\\[\\]{},.\n]{0,24}",
        after in "[a-z =\"'\\[\\]{},.\n]{0,24}",
    ) {
        let text = format!("[services.a]\nurl = \"smtp://x\"\n{before}\npassword = \"hunter2\"{after}\n");
        let error = Config::parse(&text, "comms.toml", &registry()).unwrap_err();
        prop_assert!(!error.to_string().contains("hunter2"), "{}", error);
    }
}

/// The line was shown from the key of one that is no secret to its end.
#[test]
fn a_secret_behind_another_value_in_its_line_was_shown() {
    for line in [
        r#"user = "ann", password = "hunter2""#,
        r#"user = "ann" password = "hunter2""#,
        r#"user = "ann, password = "hunter2""#,
        r#"user = "ann, password = hunter2"#,
        r"user = ann password = hunter2",
        r"user = ann,password=hunter2",
        r#"Smtp.user = "a"; Smtp.password = "hunter2""#,
        r#"user = ["a", password = "hunter2"]"#,
        r#"user = { env = "A" password = "hunter2" }"#,
        r#"user = { env = "A", password = "hunter2" }"#,
        r#"user = [{ password = "hunter2" }]"#,
        r#"user.password = "hunter2""#,
        r#"user "ann" password "hunter2""#,
        r#"user = "ann" # hunter2
           user = "bob" # hunter2"#,
    ] {
        let text = format!("[services.a]\nurl = \"smtp://x\"\n{line}\n");
        let told = Config::parse(&text, "comms.toml", &registry()).unwrap_err().to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }
}

/// Each key once: the first.
fn once(settings: Vec<String>) -> String {
    let key = |line: &str| {
        let key = line.split(" =").next().unwrap_or_default().to_owned();
        key.rsplit('.').next().map(str::to_owned)
    };
    let mut seen = Vec::new();
    let mut kept = Vec::new();
    for line in settings {
        if !seen.contains(&key(&line)) {
            seen.push(key(&line));
            kept.push(line);
        }
    }
    kept.join("\n")
}

fn same_again(config: &Config, registry: &Registry) -> Result<(), TestCaseError> {
    let service = config.service("a").unwrap();
    let shown = service.explain(registry).unwrap();
    let (first, mut second) =
        (service.build(registry).unwrap(), registry.build(service.modules()).unwrap());
    for layer in &shown.layers {
        for property in &layer.properties {
            let name = format!("{}.{}", layer.name, property.name);
            if let (Some(value), true) = (&property.value, property.access != Access::ReadOnly) {
                let set = second.set(&name, value.as_str());
                prop_assert!(set.is_ok(), "{} = {}: {:?}", name, value, set);
            }
            prop_assert_eq!(first.get(&name).unwrap(), second.get(&name).unwrap(), "{}", name);
        }
    }
    Ok(())
}
