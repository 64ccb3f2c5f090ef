//! The worker that answers administrators' resets: the queue `twofactor.reset`.

use std::process::ExitCode;

use twofactor_contract::Service;

fn main() -> ExitCode {
    twofactor_worker::run(Service::Reset)
}
