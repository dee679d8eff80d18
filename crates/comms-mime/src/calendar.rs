//! Invitations: iCalendar objects with a method (RFC 5545, RFC 5546, RFC 6047).

use crate::attachment::Attachment;
use crate::body::Body;
use crate::error::CalendarError;
use crate::header::content_type::{ContentType, excerpt};
use crate::text::with_crlf;

/// An iCalendar object that asks somebody for something: an invitation, its acceptance, its end.
///
/// The method is one of iTIP, and the same in the object and in the head of the part: programs
/// go by either of the two.
///
/// ```
/// use comms_mime::{Calendar, Message};
///
/// let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\n\
///              BEGIN:VEVENT\r\nUID:1@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// assert!(Calendar::new("CANCEL", event).is_err());
/// let message = Message::builder()
///     .from("ann@x.example".parse()?)
///     .text("Will you come?")
///     .calendar(Calendar::new("REQUEST", event)?)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    method: &'static str,
    component: Option<&'static str>,
    text: String,
}

impl Calendar {
    /// An object with its method, as `REQUEST`, in whatever case.
    pub fn new(method: &str, text: impl Into<String>) -> Result<Self, CalendarError> {
        let text = text.into();
        let known = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method));
        let method = known.ok_or_else(|| CalendarError::Method { method: excerpt(method) })?;
        let head = Head::of(&text).ok_or(CalendarError::NoCalendar)?;
        match head.method {
            Some(own) if own.eq_ignore_ascii_case(method) => {}
            Some(own) => return Err(CalendarError::OtherMethod { method, own: excerpt(&own) }),
            None => return Err(CalendarError::NoMethod { method }),
        }
        Ok(Calendar { method, component: head.component, text })
    }

    /// What is asked for.
    pub fn method(&self) -> &str {
        self.method
    }

    /// The type it is sent with (RFC 6047 2.4).
    pub(crate) fn content_type(&self) -> ContentType {
        let content_type =
            ContentType::fixed("text/calendar", &[("charset", "utf-8"), ("method", self.method)]);
        match self.component {
            Some(component) => content_type.with_parameter("component", component),
            None => content_type,
        }
    }

    /// The object, whatever its line ends are.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same as a file, for programs that look for one among the attachments.
    pub(crate) fn attachment(&self) -> Attachment {
        // RFC 5545 3.1 asks for CRLF.
        let octets = with_crlf(self.text.clone().into_bytes());
        Attachment::typed("invite.ics", ICS, Body::bytes(octets))
    }
}

/// What stands in front of the first component.
struct Head {
    method: Option<String>,
    component: Option<&'static str>,
}

impl Head {
    /// None where the text does not begin as an object.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = unfolded(text);
        let begin = lines.next()?;
        if !begin.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR") {
            return None;
        }
        let mut head = Head { method: None, component: None };
        let mut within = false;
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("BEGIN") {
                within = true;
                head.component = COMPONENTS.into_iter().find(|c| c.eq_ignore_ascii_case(value));
                if head.component.is_some() {
                    break;
                }
            } else if !within && name.split(';').next()?.eq_ignore_ascii_case("METHOD") {
                head.method.get_or_insert_with(|| value.to_owned());
            }
        }
        Some(head)
    }
}

/// The lines of an object, each whole (RFC 5545 3.1).
fn unfolded(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.split(['\r', '\n']).filter(|line| !line.is_empty()).peekable();
    std::iter::from_fn(move || {
        let mut line = lines.next()?.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
            line.push_str(more.get(1..).unwrap_or_default());
        }
        Some(line)
    })
}

/// RFC 5546 1.4.
const METHODS: [&str; 8] =
    ["PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"];

/// What iTIP speaks of (RFC 5546 3). Time zones and the like stand before it.
const COMPONENTS: [&str; 4] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"];

/// The type under which an invitation is a file, so that it is not shown twice.
const ICS: &str = "application/ics";

#[cfg(test)]
mod tests {
    use super::*;

    fn object(lines: &str) -> String {
        format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n")
    }

    #[test]
    fn the_method_is_one_of_itip_and_that_of_the_object() {
        for method in METHODS {
            let text = object(&format!("METHOD:{method}\r\n"));
            assert_eq!(Calendar::new(&method.to_lowercase(), text).unwrap().method(), method);
        }
        let text = object("METHOD:REQUEST\r\n");
        for method in ["", "INVITE", "REQUEST\r\nBcc: x", "REQUEST; x=y", "REQUEST\0", "\u{85}"] {
            let error = Calendar::new(method, text.clone()).unwrap_err();
            assert!(matches!(error, CalendarError::Method { .. }), "{method:?}");
        }
        let other = Calendar::new("CANCEL", text).unwrap_err();
        assert!(matches!(other, CalendarError::OtherMethod { method: "CANCEL", .. }));
        for none in ["", "X-METHOD:REQUEST\r\n", "BEGIN:VEVENT\r\nMETHOD:REQUEST\r\n"] {
            let error = Calendar::new("REQUEST", object(none)).unwrap_err();
            assert_eq!(error, CalendarError::NoMethod { method: "REQUEST" }, "{none:?}");
        }
        for text in ["", "\n", "BEGIN:VEVENT\nMETHOD:REQUEST\n", "METHOD:REQUEST"] {
            assert_eq!(Calendar::new("REQUEST", text), Err(CalendarError::NoCalendar));
        }
    }

    #[test]
    fn an_object_is_read_whatever_its_line_ends_its_case_and_its_folds() {
        let objects = [
            "BEGIN:VCALENDAR\nmethod:request\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR",
            "\u{feff}BEGIN:VCALENDAR\rMETHOD;X=1:REQUEST\rBEGIN:VEVENT\r",
            "begin:vcalendar \r\nMETH\r\n OD:REQ\r\n\tUEST\r\nBEGIN:VTIMEZONE\r\nX:1\r\n\
             END:VTIMEZONE\r\nBEGIN:VEVENT\r\n",
        ];
        for object in objects {
            let calendar = Calendar::new("REQUEST", object).unwrap();
            assert_eq!(calendar.component, Some("VEVENT"), "{object:?}");
        }
        let bare = Calendar::new("REPLY", object("METHOD:REPLY\r\n")).unwrap();
        assert_eq!(bare.content_type().to_string().matches("component").count(), 0);
    }
}
