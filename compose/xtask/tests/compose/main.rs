//! The files for containers, as far as they can be tried without an engine: compose itself reads
//! them, the scripts make what they name, and nothing in them is one thing here and another there.

mod files;
mod images;
mod networks;
mod ports;
mod roles;
mod secrets;
mod settings;
mod tls;
mod waits;
mod workshop;
