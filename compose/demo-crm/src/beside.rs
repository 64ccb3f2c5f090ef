//! The person's phone beside a page, in the demo alone; and where the person is.

use std::net::IpAddr;

use askama::Template;

use crate::people::Person;
use crate::phone::{Phones, Screen};
use crate::place::Place;
use crate::session::Session;
use crate::when;
use crate::words::Words;

/// A phone beside a page.
#[derive(Template)]
#[template(path = "screen.html")]
pub struct Beside {
    w: &'static Words,
    name: &'static str,
    user_id: &'static str,
    screen: Screen,
    /// Whether the number is shown: on the phone's own page, and where it must be typed.
    shows_number: bool,
    /// Whether the person is at the hotel.
    pub is_at_hotel: bool,
    /// The address that a login has now.
    pub ip: String,
}

impl Beside {
    /// What that person's phone shows now.
    pub async fn new(
        phones: &Phones,
        session: &Session,
        ip: IpAddr,
        person: &Person,
        shows_number: bool,
    ) -> Self {
        Self {
            w: session.language.words(),
            name: person.name,
            user_id: person.user_id,
            screen: phones.screen(person).await,
            shows_number,
            is_at_hotel: session.place == Place::Hotel,
            ip: ip.to_string(),
        }
    }

    /// Where a script finds the phone alone.
    pub fn address(&self) -> String {
        let number = self.shows_number;
        format!("/phone/screen?person={}&number={number}", self.user_id)
    }
}
