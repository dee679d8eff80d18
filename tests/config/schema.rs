//! The JSON schema of a file, as a validator of schemas reads it.

use boon::{Compiler, SchemaIndex, Schemas};
use comms::{Config, config_schema};
use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

use crate::registry;

/// The schema, ready to be asked.
struct Schema {
    schemas: Schemas,
    root: SchemaIndex,
}

impl Schema {
    fn new() -> Self {
        let schema = serde_json::from_str(&config_schema(&registry())).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("comms.json", schema).unwrap();
        let root = compiler.compile("comms.json", &mut schemas).unwrap();
        Self { schemas, root }
    }

    /// Why the schema does not take `text`, if it does not.
    fn refuses(&self, text: &str) -> Option<String> {
        let table = table_of(DeTable::parse(text).unwrap().get_ref());
        let refused = self.schemas.validate(&table, self.root).err();
        refused.map(|error| error.to_string())
    }
}

fn table_of(table: &DeTable<'_>) -> Value {
    let entries = table.iter();
    Value::Object(entries.map(|(k, v)| (k.get_ref().to_string(), of(v.get_ref()))).collect())
}

fn of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(number) => json!(number.as_str().parse::<i64>().unwrap()),
        DeValue::Float(number) => json!(number.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(truth) => json!(truth),
        DeValue::Datetime(date) => json!({ "date": date.to_string() }),
        DeValue::Array(values) => values.iter().map(|value| of(value.get_ref())).collect(),
        DeValue::Table(table) => table_of(table),
    }
}

const EXAMPLE: &str = include_str!("../../examples/comms.toml");

#[test]
fn the_example_is_without_mistakes_and_as_its_schema_says() {
    let config = Config::parse(EXAMPLE, "examples/comms.toml", &registry()).unwrap();
    assert_eq!(config.services().collect::<Vec<_>>(), ["mailhub", "abroad", "office", "local"]);
    assert_eq!(Schema::new().refuses(EXAMPLE), None);
}

#[test]
fn every_way_to_write_a_value_is_in_the_schema_too() {
    let schema = Schema::new();
    for setting in [
        "localMailDomain = \"x\"",
        "\"Smtp.local_mail_domain\" = \"x\"",
        "Smtp = { local_mail_domain = \"x\", strict = \"true\" }",
        "local_mail_domain = { env = \"X\" }",
        "Tcp.port = \"25\"",
        "Tcp.connect_timeout = 1.5",
        "Tcp.keep_alive = \"1.5 m\"",
        "password.file = \"x\"",
        "tls = \"none\"",
    ] {
        let text = format!("[services.a]\nmodules = \"Smtp,Util,Tcp\"\n{setting}\n");
        crate::parse(&text).unwrap();
        assert_eq!(schema.refuses(&text), None, "{setting}");
    }
    for text in [
        "[services.a]\nmodules = \"SmtpServer,Util,Tcp\"\nwithout = [\"CHUNKING\", \"DSN\"]\n",
        "[services.a]\nmodules = \"Smtp,Util,Fault,Tcp\"\nfail = 3\n",
        "[services.a]\nmodules = \"Latency,Latency,Tcp\"\n\"Latency#2\".round_trip = 1\n",
        "[services.a]\nmodules = \"Radio\"\nchannel = 7\n",
        "[log]\ndirectory = \"logs\"\nlevels = \"production,Smtp=pdus\"\nmax_size = 1\n",
    ] {
        crate::parse(text).unwrap();
        assert_eq!(schema.refuses(text), None, "{text}");
    }
}

#[test]
fn what_needs_no_knowledge_of_stacks_is_refused_by_the_schema_too() {
    let schema = Schema::new();
    for wrong in [
        "[servics.a]\nmodules = \"Tcp\"\n",
        "defaults = 3\n",
        "[defaults]\nprot = 25\n",
        "[defaults]\nTcp.prot = 25\n",
        "[defaults]\npeer = \"x\"\n",
        "[stacks.a]\nport = 25\n",
        "[stacks.\"a b\"]\nmodules = \"Tcp\"\n",
        "[services.a]\nhost = \"x\"\n",
        "[services.a]\nmodules = \"Tcp\"\nurl = \"smtp://x\"\n",
        "[services.a]\nmodules = [\"Tcp\"]\n",
        "[services.a]\nurl = \"http://x\"\n",
        "[services.a]\nmodules = \"Tcp\"\nport = 70000\n",
        "[services.a]\nmodules = \"Tcp\"\nport = -1\n",
        "[services.a]\nmodules = \"Tcp\"\nnodelay = \"yes\"\n",
        "[services.a]\nmodules = \"Tcp\"\nconnect_timeout = \"5 parsecs\"\n",
        "[services.a]\nmodules = \"Tcp\"\nhost = [\"x\"]\n",
        "[services.a]\nurl = \"smtp://x\"\ntls = \"always\"\n",
        "[services.a]\nurl = \"smtp://x\"\npassword = \"x\"\n",
        "[services.a]\nurl = \"smtp://x\"\npassword = { vault = \"x\" }\n",
        "[services.a]\nurl = \"smtp://x\"\npassword = { env = \"X\", file = \"x\" }\n",
        "[services.a]\nmodules = \"Radio\"\nstrength = 5\n",
        "[log]\nlevels = \"pdus\"\n",
        "[log]\ndirectory = \"logs\"\nmax_size = 0\n",
        "[log]\ndirectory = \"logs\"\nlevel = \"pdus\"\n",
    ] {
        assert!(crate::parse(wrong).is_err(), "{wrong}");
        assert!(schema.refuses(wrong).is_some(), "{wrong}");
    }
}
