//! The bodies and files of a message, and the tree that is made of them.

use crate::attachment::Attachment;
use crate::calendar::Calendar;
use crate::error::BuildError;
use crate::part::Part;

/// What stands below the head.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bodies {
    pub(crate) text: Option<Part>,
    pub(crate) html: Option<String>,
    pub(crate) calendar: Option<Calendar>,
    pub(crate) body: Option<Part>,
    pub(crate) inline: Vec<Attachment>,
    pub(crate) attached: Vec<Attachment>,
}

impl Bodies {
    /// Makes the tree: mixed of alternative of related, as far as each is needed.
    pub(crate) fn lay_out(self) -> Result<Part, BuildError> {
        let file = self.calendar.as_ref().map(Calendar::attachment);
        let mut forms: Vec<Part> = self.text.into_iter().collect();
        match self.html.map(Part::html) {
            None if self.inline.is_empty() => {}
            None if self.body.is_some() => return Err(BuildError::TwoBodies),
            None => return Err(BuildError::InlineWithoutHtml),
            Some(html) => forms.push(related(html, self.inline)),
        }
        forms.extend(self.calendar.map(Part::from));
        let body = match self.body {
            Some(_) if !forms.is_empty() => return Err(BuildError::TwoBodies),
            Some(body) => Some(body),
            None if forms.len() > 1 => Some(Part::alternative(forms)),
            None => forms.pop(),
        };
        let mut attached = self.attached.into_iter().chain(file).map(Part::attachment).peekable();
        if attached.peek().is_none() {
            return Ok(body.unwrap_or_else(|| Part::text("")));
        }
        Ok(Part::mixed(body.into_iter().chain(attached)))
    }
}

fn related(html: Part, inline: Vec<Attachment>) -> Part {
    if inline.is_empty() {
        return html;
    }
    Part::related(std::iter::once(html).chain(inline.into_iter().map(Part::inline)))
}
