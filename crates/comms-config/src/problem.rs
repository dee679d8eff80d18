//! What can be wrong in a configuration, and what to do about it.

use comms_core::{Error, OrderError};
use thiserror::Error as ThisError;

use crate::url_error::UrlError;

/// What is wrong at one place of a configuration.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Problem {
    /// It is not TOML.
    #[error("this is not TOML: {why}")]
    Syntax {
        /// What the parser says.
        why: String,
    },
    /// A key stands twice.
    #[error("`{name}` stands here twice{}", line.map(|line| format!(", first in line {line}")).unwrap_or_default())]
    Twice {
        /// The key, or the property in another spelling.
        name: String,
        /// The line of the first, where that is known.
        line: Option<usize>,
    },
    /// There is no such section.
    #[error("there is no section `{name}`")]
    UnknownSection {
        /// What stands there.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// A section is a value.
    #[error("`{name}` is a section, and a value stands here")]
    NotASection {
        /// The section.
        name: String,
    },
    /// The name of a stack or a service.
    #[error("`{name}` cannot be the name of a {what}")]
    Name {
        /// The name.
        name: String,
        /// `service` or `stack`.
        what: &'static str,
    },
    /// There are too many.
    #[error("a file has at most {most} stacks and services")]
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// A stack without modules.
    #[error("the stack `{name}` has no modules")]
    NoModules {
        /// The stack.
        name: String,
    },
    /// A service of which nobody knows what it is made of.
    #[error("the service `{name}` has no stack")]
    NoStack {
        /// The service.
        name: String,
    },
    /// Two keys of which there can be one.
    #[error("the service `{name}` has both `{first}` and `{second}`")]
    Both {
        /// The service.
        name: String,
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// `stack`, `modules` or `url` with something that is no text.
    #[error("`{name}` is text")]
    NotText {
        /// The key.
        name: &'static str,
        /// What it may look like.
        example: &'static str,
    },
    /// There is no such stack.
    #[error("there is no stack `{name}`")]
    NoSuchStack {
        /// What stands there.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
    /// There is no such module.
    #[error("no module is called `{name}`")]
    UnknownModule {
        /// What stands there.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
    /// The modules may not stand in this order.
    #[error("{0}")]
    Order(OrderError),
    /// The stack has no such property.
    #[error("{} property `{name}`", stack.as_ref().map_or("no module has a".into(), |stack| format!("{stack} has no")))]
    UnknownProperty {
        /// The stack, or the layer; none where it could be any module's.
        stack: Option<String>,
        /// What stands there.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
        /// A module that has it, and is not in the stack.
        elsewhere: Option<&'static str>,
        /// What the layer has, where one was named.
        known: Vec<&'static str>,
    },
    /// The stack has no such layer.
    #[error("{stack} has no layer `{name}`")]
    UnknownLayer {
        /// The stack.
        stack: String,
        /// What stands there.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
        /// Whether a module is called so.
        is_module: bool,
    },
    /// The module fills it in.
    #[error("`{layer}.{name}` can be read and not set")]
    ReadOnly {
        /// The layer.
        layer: String,
        /// The property.
        name: &'static str,
    },
    /// The value does not fit.
    #[error("`{name}` is {kind}, not {found}")]
    WrongType {
        /// The property.
        name: &'static str,
        /// What it takes, in words.
        kind: &'static str,
        /// What stands there; a secret is not shown.
        found: String,
    },
    /// A secret in plain text.
    #[error("`{name}` is a secret, and this file is no place for one")]
    PlainSecret {
        /// The property.
        name: String,
    },
    /// A table that does not say where a value is.
    #[error("this does not say where the value of `{name}` is")]
    Reference {
        /// The property.
        name: String,
    },
    /// A URL that names no server.
    #[error("this URL names no server: {0}")]
    Url(UrlError),
    /// A URL with a password in it.
    #[error("a password stands in this URL, and this file is no place for one")]
    UrlPassword,
    /// The stack does not take it.
    #[error("{}", .0.sentence())]
    Refused(Error),
    /// A key of `[log]`, or its value.
    #[error("`{name}` {why}")]
    Log {
        /// The key.
        name: String,
        /// What is wrong with it.
        why: &'static str,
        /// What to write.
        remedy: String,
    },
}

impl Problem {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Syntax { why } => syntax(why).to_owned(),
            Self::Twice { .. } => "keep one of them".to_owned(),
            Self::UnknownSection { nearest: Some(nearest), .. }
            | Self::UnknownModule { nearest: Some(nearest), .. }
            | Self::UnknownProperty { nearest: Some(nearest), elsewhere: None, .. } => {
                did_you_mean(nearest)
            }
            Self::UnknownSection { .. } => format!("the sections are {SECTIONS}"),
            Self::NotASection { name } => match name.as_str() {
                "defaults" | "log" => format!("begin it with [{name}]"),
                name => format!("begin each of its entries with [{name}.NAME]"),
            },
            Self::Name { .. } => "use letters, digits, `-`, `_` and `.`".to_owned(),
            Self::TooMany { .. } => "divide it into several files".to_owned(),
            Self::NoModules { .. } => MODULES.to_owned(),
            Self::NoStack { .. } => "name it by one of stack = \"NAME\", modules = \
                 \"Smtp,Util,Tls,Tcp\" or url = \"submission://mail.example\""
                .to_owned(),
            Self::Both { first, second, .. } => {
                format!("each says what the service is made of: keep `{first}` or `{second}`")
            }
            Self::NotText { name, example } => format!("write {name} = {example}"),
            Self::NoSuchStack { nearest, known, .. } => match (nearest, known.as_slice()) {
                (Some(nearest), _) => did_you_mean(nearest),
                (None, []) => "the file has none: add [stacks.NAME] with modules".to_owned(),
                (None, known) => format!("the stacks are {}", known.join(", ")),
            },
            Self::UnknownModule { known, .. } => format!("the modules are {}", known.join(", ")),
            Self::Order(error) => order(error),
            Self::UnknownProperty { stack, elsewhere, known, .. } => {
                property(stack.as_deref(), *elsewhere, known)
            }
            Self::UnknownLayer { nearest, name, is_module, .. } => match nearest {
                _ if *is_module => format!("add {name} to `modules`, or take this away"),
                Some(nearest) => did_you_mean(nearest),
                None => "name a layer of the stack, or take this away".to_owned(),
            },
            Self::ReadOnly { .. } => "take it away: the module fills it in".to_owned(),
            Self::WrongType { name, kind, .. } => format!("write {name} = {}", example(kind)),
            Self::PlainSecret { name } | Self::Reference { name } => reference(name),
            Self::Url(_) => "URLs are smtp://HOST, submission://HOST, smtps://HOST, \
                 lmtp://HOST:PORT and lmtp+unix:/PATH"
                .to_owned(),
            Self::UrlPassword => format!("take it out, and beside it {}", reference("password")),
            Self::Refused(_) => "change this value, or what it clashes with".to_owned(),
            Self::Log { remedy, .. } => remedy.clone(),
        }
    }
}

fn reference(name: &str) -> String {
    format!("write {name} = {{ env = \"NAME\" }} or {{ file = \"PATH\" }}")
}

fn did_you_mean(nearest: &str) -> String {
    format!("did you mean `{nearest}`?")
}

fn property(stack: Option<&str>, elsewhere: Option<&str>, known: &[&str]) -> String {
    if let Some(module) = elsewhere {
        return format!("it is one of {module}: add {module} to `modules`");
    }
    if !known.is_empty() {
        return format!("it has {}", known.join(", "));
    }
    let modules = stack.unwrap_or("NAMES").replace(" > ", ",");
    format!("`comms stack --modules {modules}` shows those that there are")
}

fn syntax(why: &str) -> &'static str {
    if why.contains("multi-line") {
        "close the text with three quotes, as it began"
    } else if why.contains("string") {
        "text stands in double quotes on one line: host = \"mail.example\""
    } else if why.contains("table") || why.contains("header") {
        "a section's name stands alone on its line, in brackets: [services.mailhub]"
    } else {
        "write a line as key = value, with text in double quotes"
    }
}

fn order(error: &OrderError) -> String {
    let drawn = match error {
        OrderError::Empty => return MODULES.to_owned(),
        OrderError::TooDeep { .. } => return "leave some of them away".to_owned(),
        OrderError::BottomAbove { module, .. } => return format!("put {module} last"),
        OrderError::SevenBit { narrow, .. } => {
            return format!("let {narrow} preserve parity, or leave it away");
        }
        OrderError::NoBottom { drawn, .. } | OrderError::Missing { drawn, .. } => drawn,
        _ => return "put them into another order".to_owned(),
    };
    if !drawn.contains('[') {
        return "put a module there that provides it".to_owned();
    }
    let mended = drawn.replace(['[', ']', '?'], "").replace(" > ", ",");
    format!("write modules = \"{mended}\"")
}

/// What a value of such a type may look like in TOML.
fn example(kind: &str) -> String {
    if let Some(words) = kind.strip_prefix("one of: ") {
        let words = words.split(", ").map(|word| format!("\"{word}\""));
        return words.collect::<Vec<_>>().join(" or ");
    }
    match kind {
        "true or false" => kind.to_owned(),
        kind if kind.starts_with("a whole number") => "NUMBER, without quotes".to_owned(),
        kind if kind.starts_with("a time") => "\"30s\", \"200ms\" or \"5m\"".to_owned(),
        _ => "\"...\", in quotes".to_owned(),
    }
}

const SECTIONS: &str = "[defaults], [log], [stacks.NAME] and [services.NAME]";
const MODULES: &str = "name them, top first: modules = \"Smtp,Util,Tls,Tcp\"";
