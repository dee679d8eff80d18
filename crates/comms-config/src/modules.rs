//! The modules of a stack or a service: whether there are such, and may stand in that order.

use comms_core::{OrderError, Registry, nearest};

use crate::findings::Findings;
use crate::layers::Layers;
use crate::problem::Problem;
use crate::source::Source;
use crate::tree::{Node, Span};

/// What a stack is made of.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) modules: String,
    pub(crate) layers: Layers,
    /// Whether it can be built.
    pub(crate) sound: bool,
}

/// Reads `modules = "..."`.
pub(crate) fn read(
    node: &Node,
    source: &Source<'_>,
    registry: &Registry,
    findings: &mut Findings,
) -> Option<Made> {
    findings.show(&node.place);
    let Some(modules) = node.text() else {
        let example = "\"Smtp,Util,Tls,Tcp\", top first";
        findings.add(&node.place, Problem::NotText { name: "modules", example });
        return None;
    };
    let mut made = of_names(modules, registry);
    if made.layers.has_unknown() {
        unknown(modules, node, source, registry, findings);
    } else if let Err(error) = registry.build(modules) {
        let problem = match error.cause::<OrderError>() {
            Some(order) => Problem::Order(order.clone()),
            None => Problem::Refused(error),
        };
        findings.add(&node.place, problem);
        made.sound = false;
    }
    Some(made)
}

/// What these modules make, if there are such.
pub(crate) fn of_names(modules: &str, registry: &Registry) -> Made {
    let layers = Layers::of_modules(modules, registry);
    let sound = !layers.has_unknown();
    Made { modules: modules.to_owned(), layers, sound }
}

fn unknown(
    modules: &str,
    node: &Node,
    source: &Source<'_>,
    registry: &Registry,
    findings: &mut Findings,
) {
    let known = || registry.specs().map(|spec| spec.name);
    // Where it stands as it is written, each name has its own place.
    let written = source.at(&node.place).find(modules).map(|at| node.place.start + at);
    let mut at = 0;
    for name in modules.split(',') {
        let begin = at + name.len() - name.trim_start().len();
        at += name.len() + 1;
        let name = name.trim();
        if name.is_empty() || known().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let place: Span = match written {
            Some(start) => start + begin..start + begin + name.len(),
            None => node.place.clone(),
        };
        if findings.is_full() {
            findings.add_beyond(1);
            continue;
        }
        let nearest = nearest(name, known());
        let known = known().map(str::to_owned).collect();
        findings.add(&place, Problem::UnknownModule { name: name.to_owned(), nearest, known });
    }
}
