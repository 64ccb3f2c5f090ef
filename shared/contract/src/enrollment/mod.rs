//! Setting methods up, giving them up, looking at them; exemptions and policies.

mod exemption;
mod label;
mod policy;
mod rejected;
mod set_up;
mod upkeep;

pub use exemption::*;
pub use label::*;
pub use policy::*;
pub use rejected::*;
pub use set_up::*;
pub use upkeep::*;
