//! The files for containers, as far as they can be tested without an engine: compose itself reads
//! them, the scripts make the files that they name, and they agree with each other.

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
