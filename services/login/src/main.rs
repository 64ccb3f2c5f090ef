//! The worker that answers logins: the queue `twofactor.login`.

use std::process::ExitCode;

use twofactor_contract::Service;

fn main() -> ExitCode {
    twofactor_worker::run(Service::Login)
}
