//! The file that a unix socket has as its address.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

/// The address that `path` is; `None` where it cannot be one.
pub(crate) fn address(path: &Path) -> Option<SockAddr> {
    // To Linux, a name that begins with NUL is no file; to others it ends there.
    if path.as_os_str().is_empty() || path.as_os_str().as_encoded_bytes().contains(&0) {
        return None;
    }
    SockAddr::unix(path).ok()
}

/// A socket that is nobody's yet.
pub(crate) fn socket() -> io::Result<Socket> {
    Socket::new(Domain::UNIX, Type::STREAM, None)
}

/// A socket that has `address`, which is `path`, and its file. A socket that was left behind there
/// is removed.
pub(crate) fn bind(path: &Path, address: &SockAddr) -> io::Result<(Socket, SocketFile)> {
    let socket = socket()?;
    if let Err(error) = socket.bind(address) {
        if error.kind() != io::ErrorKind::AddrInUse || !is_left_behind(path, address) {
            return Err(error);
        }
        fs::remove_file(path)?;
        socket.bind(address)?;
    }
    let file = SocketFile::at(path)?;
    Ok((socket, file))
}

/// Whether a socket is there, and nobody who answers.
fn is_left_behind(path: &Path, address: &SockAddr) -> bool {
    if !fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket()) {
        return false;
    }
    // A server that is busy must not keep us: it counts as one that answers.
    let asked = socket().and_then(|socket| {
        socket.set_nonblocking(true)?;
        socket.connect(address)
    });
    asked.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// The file of a socket that is ours: it goes when this is dropped, unless another is there by then.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        let identity = identity(&fs::symlink_metadata(path)?);
        Ok(Self { path: path.to_owned(), identity })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let there = fs::symlink_metadata(&self.path);
        if there.is_ok_and(|file| identity(&file) == self.identity) {
            // Whoever comes next removes what stays behind.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
