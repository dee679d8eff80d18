//! The contract of reports: what became of a message, for people and for programs.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use comms_mime::{
    Action, DeliveryStatus, Disposition, DispositionNotification, Part, RawMessage,
    RecipientStatus, Transfer,
};
use mail_parser::{MessageParser, MimeHeaders};

use crate::support::{begun, text_of, written};

const TRANSFERS: [Transfer; 3] = [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary];

fn failed() -> DeliveryStatus {
    let bob = "bob@y.example".parse().unwrap();
    let bob = RecipientStatus::new(&bob, Action::Failed, "5.1.1").unwrap();
    DeliveryStatus::new("mail.x.example", bob.diagnostic("smtp", "550 5.1.1 nobody"))
}

#[test]
fn a_report_has_a_text_for_people_one_for_programs_and_what_it_is_about() {
    let lost = RawMessage::bytes("Subject: hi\nBcc: eve@z.example\n\nWhere are you?\n");
    let report = Part::report(Part::text("Lost."), failed(), Part::headers_of(&lost));
    let text = text_of(&begun().body(report).build().unwrap(), Transfer::SevenBit);
    assert!(text.contains("Content-Type: multipart/report;"));
    assert!(text.contains("report-type=\"delivery-status\"\r\n"));
    assert!(text.contains(
        "Content-Type: message/delivery-status\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Reporting-MTA: dns; mail.x.example\r\n\
         \r\n\
         Final-Recipient: rfc822; bob@y.example\r\n\
         Action: failed\r\n\
         Status: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 nobody\r\n\
         \r\n--"
    ));
    assert!(text.contains(
        "Content-Type: text/rfc822-headers\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Subject: hi\r\n"
    ));
    assert!(!text.contains("eve") && !text.contains("Where are you?"));
}

#[test]
fn a_head_that_is_shown_is_written_by_what_is_in_it() {
    let heads: [(&[u8], &str); 3] = [
        (b"Subject: plain\r\n\r\n", "7bit"),
        ("Subject: Grüße\r\n\r\n".as_bytes(), "quoted-printable"),
        (b"Subject: Gr\xfc\xdfe\r\n\r\n", "base64"),
    ];
    for (head, encoding) in heads {
        let shown = Part::headers_of(&RawMessage::bytes(head));
        let message = begun().body(Part::report(Part::text("?"), failed(), shown)).build().unwrap();
        for to in TRANSFERS {
            let octets = written(&message, to);
            let parsed = MessageParser::new().parse(&octets).unwrap();
            let part = parsed.parts.last().unwrap();
            // The reader takes for UTF-8 what has no charset.
            let (read, head) =
                (String::from_utf8_lossy(part.contents()), String::from_utf8_lossy(head));
            assert!(read.starts_with(head.trim_end()), "{read:?}");
            if to == Transfer::SevenBit {
                assert_eq!(part.content_transfer_encoding(), Some(encoding));
            }
        }
    }
}

#[test]
fn a_notification_may_show_nothing_of_the_message() {
    let bob = "bob@y.example".parse().unwrap();
    let told = DispositionNotification::new(&bob, Disposition::Displayed).about("1@x.example");
    let report = Part::report(Part::text("Bob has seen it."), told.unwrap(), None);
    let octets = written(&begun().body(report).build().unwrap(), Transfer::SevenBit);
    let parsed = MessageParser::new().parse(&octets).unwrap();
    let report = parsed.content_type().unwrap();
    assert_eq!(report.attribute("report-type"), Some("disposition-notification"));
    assert_eq!(parsed.parts.len(), 3);
    let told = parsed.parts[2].content_type().unwrap();
    assert_eq!(told.subtype(), Some("disposition-notification"));
}
