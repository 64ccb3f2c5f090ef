//! The duties of a CRM, tried on the pages without a broker: the client's fake answers.
//!
//! What the workers make of the events is tried elsewhere, in a real browser on a real stack.

mod browser;
mod duties;
mod logins;
mod pages;
mod readme;
