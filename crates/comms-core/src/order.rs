//! Whether modules may stand in this order: asked when a stack is built, never at run time.

use thiserror::Error;

use crate::spec::{ModuleSpec, Needs, Provides, Service, Width};

/// A module in its place, as far as order is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) spec: &'static ModuleSpec,
    pub(crate) passes: Width,
}

/// Why modules may not stand in this order. Each case draws the stack, top first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// There is no module at all.
    #[error("a stack needs at least one module, a bottom such as Tcp")]
    Empty,
    /// There are too many.
    #[error("a stack has at most {MOST} layers, found {found}")]
    TooDeep {
        /// How many there were.
        found: usize,
    },
    /// The last module is not a bottom.
    #[error("{module} needs {needs} directly below, found nothing:  {drawn}")]
    NoBottom {
        /// The last module.
        module: &'static str,
        /// What it needs.
        needs: String,
        /// The stack.
        drawn: String,
    },
    /// A bottom stands above something.
    #[error("{module} is a bottom and must be the last module, found {found} below it:  {drawn}")]
    BottomAbove {
        /// The bottom.
        module: &'static str,
        /// What is below it.
        found: &'static str,
        /// The stack.
        drawn: String,
    },
    /// What is directly below does not provide what a module needs.
    #[error("{module} needs {needs} directly below, found {found}:  {drawn}")]
    Missing {
        /// The module.
        module: &'static str,
        /// What it needs, and who usually supplies that.
        needs: String,
        /// What it found.
        found: String,
        /// The stack.
        drawn: String,
    },
    /// A module that sends eight bits stands above one that passes seven.
    #[error("{module} sends all eight bits, and {narrow} below it passes seven:  {drawn}")]
    SevenBit {
        /// The module.
        module: &'static str,
        /// The layer that changes parity.
        narrow: &'static str,
        /// The stack.
        drawn: String,
    },
}

/// Checks a whole stack, top first.
pub(crate) fn check(places: &[Place]) -> Result<(), OrderError> {
    if places.is_empty() {
        return Err(OrderError::Empty);
    }
    if places.len() > MOST {
        return Err(OrderError::TooDeep { found: places.len() });
    }
    for (i, place) in places.iter().enumerate() {
        let below = places.get(i + 1..).unwrap_or_default();
        check_neighbour(place.spec, below, places, i)?;
        check_width(place.spec, below, places)?;
    }
    Ok(())
}

fn check_neighbour(
    spec: &'static ModuleSpec,
    below: &[Place],
    places: &[Place],
    at: usize,
) -> Result<(), OrderError> {
    let module = spec.name;
    match (spec.needs, below.first()) {
        (Needs::Nothing, None) => Ok(()),
        (Needs::Nothing, Some(found)) => Err(OrderError::BottomAbove {
            module,
            found: found.spec.name,
            drawn: draw(places, None),
        }),
        (Needs::Service(service), None) => Err(OrderError::NoBottom {
            module,
            needs: with_supplier(service),
            drawn: draw(places, Some((at, service.supplier))),
        }),
        (Needs::Service(service), Some(_)) if provides(below, service) => Ok(()),
        (Needs::Service(service), Some(found)) => Err(OrderError::Missing {
            module,
            needs: with_supplier(service),
            found: found_in_words(found.spec),
            drawn: draw(places, would_help(found.spec).then_some((at, service.supplier))),
        }),
    }
}

/// Whether a supplier put in above `spec` would help: above a top nothing does.
fn would_help(spec: &ModuleSpec) -> bool {
    spec.provides != Provides::Nothing
}

fn check_width(
    spec: &'static ModuleSpec,
    below: &[Place],
    places: &[Place],
) -> Result<(), OrderError> {
    let narrow = below.iter().find(|place| place.passes == Width::SevenBit);
    match narrow {
        Some(narrow) if spec.sends == Width::EightBit => Err(OrderError::SevenBit {
            module: spec.name,
            narrow: narrow.spec.name,
            drawn: draw(places, None),
        }),
        _ => Ok(()),
    }
}

/// Whether the layers in `below` offer `service` upwards.
fn provides(below: &[Place], service: Service) -> bool {
    let offers = below.iter().map(|place| place.spec.provides);
    match offers.into_iter().find(|offer| *offer != Provides::SameAsBelow) {
        Some(Provides::Services(services)) => services.iter().any(|one| one.name == service.name),
        _ => false,
    }
}

fn with_supplier(service: Service) -> String {
    format!("{} ({})", service.words, service.supplier)
}

fn found_in_words(spec: &ModuleSpec) -> String {
    match spec.provides {
        Provides::Nothing => format!("{}, which is a top and provides none", spec.name),
        _ => spec.name.to_owned(),
    }
}

/// `Smtp > [Util?] > Tcp`: the stack, with what is missing where it is missing.
fn draw(places: &[Place], missing: Option<(usize, &str)>) -> String {
    let mut drawn = String::new();
    for (i, place) in places.iter().enumerate() {
        if i > 0 {
            drawn.push_str(" > ");
        }
        drawn.push_str(place.spec.name);
        if let Some((after, supplier)) = missing
            && after == i
        {
            drawn.push_str(" > [");
            drawn.push_str(supplier);
            drawn.push_str("?]");
        }
    }
    drawn
}

/// Deeper stacks are mistakes: a call would not come back from one without end.
const MOST: usize = 64;
