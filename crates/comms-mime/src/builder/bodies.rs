//! The bodies and files of a message, and the tree that is made of them.

use crate::attachment::Attachment;
use crate::error::BuildError;
use crate::part::Part;

/// What stands below the head.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bodies {
    pub(crate) text: Option<Part>,
    pub(crate) html: Option<String>,
    pub(crate) body: Option<Part>,
    pub(crate) inline: Vec<Attachment>,
    pub(crate) attached: Vec<Attachment>,
}

impl Bodies {
    /// Makes the tree: mixed of alternative of related, as far as each is needed.
    pub(crate) fn lay_out(self) -> Result<Part, BuildError> {
        let inline: Vec<Part> = self.inline.into_iter().map(Part::inline).collect();
        let html = self.html.map(Part::html);
        let body = match (self.body, self.text, html) {
            (Some(body), None, None) if inline.is_empty() => Some(body),
            (Some(_), _, _) => return Err(BuildError::TwoBodies),
            (None, _, None) if !inline.is_empty() => return Err(BuildError::InlineWithoutHtml),
            (None, text, None) => text,
            (None, None, Some(html)) => Some(related(html, inline)),
            (None, Some(text), Some(html)) => {
                Some(Part::alternative([text, related(html, inline)]))
            }
        };
        if self.attached.is_empty() {
            return Ok(body.unwrap_or_else(|| Part::text("")));
        }
        let attached = self.attached.into_iter().map(Part::attachment);
        Ok(Part::mixed(body.into_iter().chain(attached)))
    }
}

fn related(html: Part, inline: Vec<Part>) -> Part {
    if inline.is_empty() {
        return html;
    }
    Part::related(std::iter::once(html).chain(inline))
}
