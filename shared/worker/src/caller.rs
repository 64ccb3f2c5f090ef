//! How the worker calls others by HTTP: whom its settings name and nobody else, once.
//!
//! A proxy of the environment, a redirect or a second try could show a secret to somebody else or
//! send a text twice. It knows neither the provider nor the collector.

use reqwest::{Client, ClientBuilder, redirect};
use rustls::ClientConfig;

/// A client that goes where it is told; without a way to speak TLS it trusts nobody.
pub fn client(tls: Option<ClientConfig>) -> ClientBuilder {
    let builder = match tls {
        Some(tls) => Client::builder().tls_backend_preconfigured(tls),
        None => Client::builder().tls_certs_only([]),
    };
    builder
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
}
