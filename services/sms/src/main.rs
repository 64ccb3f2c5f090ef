//! The worker that answers requests for a code by text: the queue `twofactor.sms`.

use std::process::ExitCode;

use twofactor_contract::Service;

fn main() -> ExitCode {
    twofactor_worker::run(Service::Sms)
}
