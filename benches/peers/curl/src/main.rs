//! libcurl as a client of the benchmark: one handle, which keeps its connection.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::{fs, ptr};

use curl::easy::{Easy2, Handler, ReadError};
use harness::{CLIENT, Failure, Job, RECIPIENT, SENDER, measured};

fn main() -> Result<(), Failure> {
    let job = Job::of_this_program()?;
    let scheme = if job.authority.is_some() { "smtps" } else { "smtp" };
    let mut easy = Easy2::new(Upload(Box::new(io::empty())));
    easy.url(&format!("{scheme}://{}/{CLIENT}", job.address))?;
    easy.upload(true)?;
    easy.in_filesize(fs::metadata(&job.content)?.len())?;
    if let Some(authority) = &job.authority {
        easy.cainfo(authority)?;
    }
    envelope(&easy)?;

    // From the file where one message goes, and from memory where many do.
    let content = if job.messages > 1 { fs::read(&job.content)? } else { Vec::new() };
    let content = Arc::<[u8]>::from(content);
    let mut some = |messages: usize| {
        for _ in 0..messages {
            easy.get_mut().0 = if job.messages > 1 {
                Box::new(Cursor::new(Arc::clone(&content)))
            } else {
                Box::new(File::open(&job.content)?)
            };
            easy.perform()?;
        }
        Ok::<(), Failure>(())
    };
    some(job.warm_up)?;
    println!("{}", measured(job.messages, || some(job.messages))?);
    Ok(())
}

/// Where the content comes from.
struct Upload(Box<dyn Read + Send>);

impl Handler for Upload {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        self.0.read(into).map_err(|_| ReadError::Abort)
    }
}

/// Sender and recipient, which the crate's own interface does not know.
#[expect(unsafe_code, reason = "two options of libcurl that the crate has no method for")]
fn envelope(easy: &Easy2<Upload>) -> Result<(), Failure> {
    let (sender, recipient) = (CString::new(SENDER)?, CString::new(RECIPIENT)?);
    // SAFETY: the handle lives; libcurl copies the sender and the recipient, and the list is never
    // freed, so it outlives the handle.
    let codes = unsafe {
        let recipients = curl_sys::curl_slist_append(ptr::null_mut(), recipient.as_ptr());
        [
            curl_sys::curl_easy_setopt(easy.raw(), curl_sys::CURLOPT_MAIL_FROM, sender.as_ptr()),
            curl_sys::curl_easy_setopt(easy.raw(), curl_sys::CURLOPT_MAIL_RCPT, recipients),
        ]
    };
    if codes == [curl_sys::CURLE_OK; 2] { Ok(()) } else { Err("libcurl has no envelope".into()) }
}
