//! The day, in acts. Each act is a file, each step reads like the story.

pub mod both_methods;
pub mod brook;
pub mod first_login;
pub mod five_minutes_later;
pub mod guessing;
pub mod lost_phone;
pub mod neighbours;
pub mod operators;
pub mod refused;
pub mod secrecy;
pub mod texts;
pub mod wrong_codes;
