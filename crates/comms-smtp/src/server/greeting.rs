//! Greetings, and the keywords of EHLO (RFC 5321 4.1.1.1).

use comms_core::{Below, Result};

use crate::server::module::SmtpServer;
use crate::server::stage::Stage;

impl SmtpServer {
    pub(crate) fn ehlo(&mut self, below: &mut dyn Below) -> Result<()> {
        self.stage = Stage::Greeted;
        let size = self.properties.size_limit.unwrap_or(0);
        let name = &self.properties.local_mail_domain;
        let lines = format!(
            "{name}\nPIPELINING\nSIZE {size}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES{}",
            self.secrecy_keywords(below)
        );
        Self::say(250, &lines, below)
    }
}
