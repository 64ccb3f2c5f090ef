//! The HTTP client of the worker: it calls only the hosts that the settings name, and calls once.
//!
//! A proxy of the environment, a redirect or a second try could show a secret to another host or
//! send a text twice. It knows neither the provider nor the collector.

use reqwest::{Client, ClientBuilder, redirect};
use rustls::ClientConfig;

/// Makes a client without proxy, redirects or retries; without `tls` it trusts no authority.
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
