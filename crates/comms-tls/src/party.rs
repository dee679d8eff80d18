//! Which end of the connection a layer is, with what it keeps from one connection to the next.

use std::fmt;
use std::sync::Arc;

use comms_core::{Below, Value};
use rustls::{ClientConfig, ClientConnection, Connection, ServerConnection};
use rustls_pki_types::CertificateDer;

use crate::error::TlsError;
use crate::handshake::Side;
use crate::options::TlsOptions;
use crate::serve::Identity;
use crate::session::Session;
use crate::trust;

/// One of the two.
#[derive(Debug)]
pub(crate) enum Party {
    Client(Client),
    Server(Server),
}

/// Who connects.
#[derive(Default)]
pub(crate) struct Client {
    roots: Vec<CertificateDer<'static>>,
    /// Its configuration, with the sessions to go on from, and the properties it was made from.
    made: Option<(TlsOptions, Arc<ClientConfig>)>,
}

/// Who is connected to.
#[derive(Clone, Default)]
pub(crate) struct Server {
    /// Its identity, with the sessions to go on from, and the properties it was made from.
    made: Option<(TlsOptions, Arc<Identity>)>,
}

impl Party {
    /// A connection that has said nothing yet.
    pub(crate) fn session(
        &mut self,
        options: &TlsOptions,
        below: &dyn Below,
    ) -> Result<(Session, Side), TlsError> {
        match self {
            Self::Client(client) => {
                let name = trust::server_name(&expected(options, below)?)?;
                let peer = name.to_str().into_owned();
                let connection = ClientConnection::new(client.config(options)?, name)
                    .map_err(|error| trust::unusable("what was configured", error))?;
                Ok((Session::new(connection, peer), Side::Client))
            }
            Self::Server(server) => {
                let config = Arc::clone(&server.identity(options)?.config);
                let connection = ServerConnection::new(config)
                    .map_err(|error| trust::unusable("what was configured", error))?;
                Ok((Session::new(connection, "a client".to_owned()), Side::Server))
            }
        }
    }

    /// The server that it is from here on; its files are read, or it stays what it was.
    pub(crate) fn serve(&mut self, options: &TlsOptions) -> Result<Server, TlsError> {
        let mut server = match self {
            Self::Client(_) => Server::default(),
            Self::Server(server) => server.clone(),
        };
        server.identity(options)?;
        *self = Self::Server(server.clone());
        Ok(server)
    }

    /// The certificate that the server has shown on `connection`, whoever that is.
    pub(crate) fn server_certificate<'a>(&'a self, connection: &'a Connection) -> Option<&'a [u8]> {
        let certificate = match self {
            Self::Client(_) => connection.peer_certificates()?.first()?,
            Self::Server(server) => &server.made.as_ref()?.1.certificate,
        };
        Some(certificate)
    }
}

impl Client {
    /// Trusts one authority more.
    pub(crate) fn trust(&mut self, der: Vec<u8>) {
        self.roots.push(der.into());
        self.made = None;
    }

    fn config(&mut self, options: &TlsOptions) -> Result<Arc<ClientConfig>, TlsError> {
        if let Some((from, config)) = &self.made
            && from == options
        {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(trust::client(options, &self.roots)?);
        self.made = Some((options.clone(), Arc::clone(&config)));
        Ok(config)
    }
}

impl Server {
    fn identity(&mut self, options: &TlsOptions) -> Result<Arc<Identity>, TlsError> {
        if let Some((from, identity)) = &self.made
            && from == options
        {
            return Ok(Arc::clone(identity));
        }
        let identity = Arc::new(Identity::load(options)?);
        self.made = Some((options.clone(), Arc::clone(&identity)));
        Ok(identity)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

/// Shows nothing: there is a key in it.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// The name that the server's certificate must be for.
fn expected(options: &TlsOptions, below: &dyn Below) -> Result<String, TlsError> {
    if let Some(name) = &options.server_name {
        return Ok(name.clone());
    }
    match below.get("host").ok().and_then(|property| property.value) {
        Some(Value::Text(host)) => Ok(host),
        _ => Err(TlsError::NoServerName),
    }
}
