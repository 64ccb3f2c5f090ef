//! The worker that answers set-ups, profiles and policies: the queue `twofactor.enrollment`.

use std::process::ExitCode;

use twofactor_contract::Service;

fn main() -> ExitCode {
    twofactor_worker::run(Service::Enrollment)
}
