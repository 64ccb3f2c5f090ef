//! Setting methods up, giving them up, looking at them; exemptions and policies.

mod exemption;
mod label;
mod policy;
mod rejected;
mod set_up;
mod upkeep;

pub use exemption::{Exempted, ExemptionSet};
pub use label::{Label, Region};
pub use policy::{PolicyRequested, PolicySet, PolicyShown};
pub use rejected::EnrollmentRejected;
pub use set_up::{
    BackupCodes, EnrollmentCompleted, EnrollmentPending, PendingSecrets, SmsConfirmed, SmsStarted,
    TotpConfirmed, TotpStarted,
};
pub use upkeep::{
    BackupCodesIssued, BackupCodesRequested, BrowsersForgotten, BrowsersForgottenDone,
    EnrollmentRemoved, MethodReset,
};
