//! Errors of the broker, described for operators.

use lapin::ErrorKind;

use crate::failure::Failure;

/// Describes an error of the broker. Its own words are not shown: they may hold the URL.
pub fn away(error: &lapin::Error) -> Failure {
    if let ErrorKind::ProtocolError(error) = error.kind() {
        let id = error.get_id();
        return Failure::Refused(match id {
            403 => "The broker refused (403); check the user and the password of AMQP_URL, which \
                    must be the operator's."
                .to_owned(),
            404 => "The broker has no such queue (404); start the workers once, they declare it."
                .to_owned(),
            530 => "The broker refused the vhost of AMQP_URL (530); check its path.".to_owned(),
            _ => format!("The broker refused with the error {id}; look it up in its log."),
        });
    }
    Failure::Unreachable(
        "The broker is away; check that it runs and that the host of AMQP_URL can be reached."
            .to_owned(),
    )
}
