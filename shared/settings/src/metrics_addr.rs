//! `METRICS_ADDR`: where a worker serves its metrics and its health.

use std::net::{Ipv4Addr, SocketAddr};

use twofactor_contract::Service;

use crate::environment::Environment;
use crate::table::METRICS_ADDR;

/// Reads the address of a worker of this service. Notes a problem.
pub fn metrics_addr(service: Service, env: &mut Environment) -> SocketAddr {
    let port = match service {
        Service::Login => 9101,
        Service::Sms => 9102,
        Service::Enrollment => 9103,
        Service::Reset => 9104,
    };
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Some(address) = env.optional(METRICS_ADDR.name) else {
        return default;
    };
    address.parse().unwrap_or_else(|_| {
        env.refuse_value(&METRICS_ADDR);
        default
    })
}
