//! Who runs the program, and where: names that mail without an address gets.

use std::fs;

/// Who runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) login: String,
    pub(crate) full_name: Option<String>,
}

impl User {
    /// As the system knows the owner of this process, else as the environment says.
    pub(crate) fn current() -> Self {
        let known = owner().and_then(|id| {
            let users = fs::read_to_string("/etc/passwd").ok()?;
            Self::of(&users, id)
        });
        known.unwrap_or_else(|| {
            let named = ["LOGNAME", "USER"].into_iter().find_map(|name| std::env::var(name).ok());
            let login =
                named.filter(|name| !name.is_empty()).unwrap_or_else(|| "nobody".to_owned());
            Self { login, full_name: None }
        })
    }

    /// The user with this number in `/etc/passwd`. Its fifth field begins with the full name, in
    /// which `&` is the login name.
    fn of(users: &str, id: u32) -> Option<Self> {
        users.lines().find_map(|line| {
            let fields = line.split(':').collect::<Vec<_>>();
            let [login, _, number, _, about, ..] = fields.as_slice() else { return None };
            if number.parse() != Ok(id) || login.is_empty() {
                return None;
            }
            let full_name = about.split(',').next().unwrap_or_default().replace('&', login);
            let full_name = Some(full_name).filter(|name| !name.trim().is_empty());
            Some(Self { login: (*login).to_owned(), full_name })
        })
    }
}

/// The name of this host in addresses: what `/etc/mailname` says, else its own.
pub(crate) fn host() -> String {
    let named = fs::read_to_string("/etc/mailname").ok();
    let named = named.and_then(|text| Some(text.lines().next()?.trim().to_owned()));
    let named = named.filter(|name| !name.is_empty());
    let own = || gethostname::gethostname().to_string_lossy().into_owned();
    Some(named.unwrap_or_else(own))
        .filter(|name| !name.is_empty())
        .unwrap_or("localhost".to_owned())
}

#[cfg(unix)]
fn owner() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").ok().map(|found| found.uid())
}

#[cfg(not(unix))]
fn owner() -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number_with_the_full_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\n#\nann:x:1000:1000:& Lee,Room 1,,:/home/ann:/bin/sh\n\
                     bob:x:1001:1001::/home/bob:/bin/sh\n";
        let found = |id| User::of(users, id).map(|user| (user.login, user.full_name));
        assert_eq!(found(1000), Some(("ann".to_owned(), Some("ann Lee".to_owned()))));
        assert_eq!(found(1001), Some(("bob".to_owned(), None)));
        assert_eq!(found(7), None);
    }
}
