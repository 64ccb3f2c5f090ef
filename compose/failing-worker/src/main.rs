//! Any of the workers, with failpoints at which a test can end it: for tests alone, in no image.
//!
//! It runs as the worker by whose name it is called, such as `twofactor-login`. So the released
//! programs are built without failpoints, and all other tests run those.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use twofactor_contract::Service;

fn main() -> ExitCode {
    let called = env::args().next().unwrap_or_default();
    let called = Path::new(&called).file_name().unwrap_or_default();
    let is_called = |service: &Service| *called == *format!("twofactor-{}", service.name());
    match Service::ALL.into_iter().find(is_called) {
        Some(service) => twofactor_worker::run(service),
        None => {
            eprintln!("Call it by the name of a worker, such as twofactor-login, by a link.");
            ExitCode::FAILURE
        }
    }
}
