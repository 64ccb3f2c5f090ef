//! `language`: every sentence that a person reads is in the language that the event names.

use twofactor_rules::text::ProviderAnswer;

use crate::event::Entered;
use crate::event::{
    Event, confirm_totp, exempt, give_up, login, new_backup_codes, reset, start_sms, start_totp,
    text,
};
use crate::fixture::{NUMBER, given};
use crate::seen::Seen;
use crate::world::{World, run};

fn welsh(event: Event) -> Event {
    event.with("language", "cy".into())
}

/// Returns the sentence that a person reads after one event.
fn read(world: World, event: &Event, member: &str) -> String {
    let world = run(&mut Seen::default(), world, event);
    world.last[member].as_str().unwrap_or_default().to_owned()
}

#[test]
fn messages_are_in_the_language_of_the_event() {
    let table: [(World, Event); 5] = [
        (given(), login()),
        (given().totp(), login().typed("totp", "12345")),
        (given().sms(), text().provider(ProviderAnswer::Unavailable)),
        (given().sms(), text()),
        (given(), start_sms("12")),
    ];
    for (world, event) in table {
        let event_type = event.name;
        let english = read(world.again(), &event, "message");
        let named = event.clone().with("language", "en".into());
        assert_eq!(read(world.again(), &named, "message"), english);
        let welsh = read(world, &welsh(event), "message");
        assert!(!welsh.is_empty(), "{event_type}");
        assert_ne!(welsh, english, "{event_type}");
    }
}

#[test]
fn a_text_is_in_the_language_of_the_event() {
    let world = run(&mut Seen::default(), given().sms(), &welsh(text()));
    assert!(world.texts[0].contains("yw eich cod"), "a Welsh text");
    let started = welsh(start_sms(NUMBER));
    let world = run(&mut Seen::default(), given(), &started);
    assert!(world.texts[0].contains("yw eich cod"), "a Welsh text");
}

/// Everything that changes how an account is protected has a notice for the person.
#[test]
fn notices_are_in_the_language_of_the_event() {
    let let_in = || given().totp().backup_codes().let_in(0);
    let started = || run(&mut Seen::default(), given(), &start_totp());
    let table: [(World, Event); 6] = [
        (started(), confirm_totp(Entered::App(0))),
        (let_in(), give_up("totp")),
        (let_in(), new_backup_codes()),
        (given(), exempt("2026-12-01T00:00:00Z")),
        (let_in(), reset()),
        (let_in(), login().backup(0)),
    ];
    for (world, event) in table {
        let event_type = event.name;
        let english = read(world.again(), &event, "notice");
        assert!(english.ends_with('.'), "{event_type}: {english:?}");
        let welsh = read(world, &welsh(event), "notice");
        assert!(!welsh.is_empty(), "{event_type}");
        assert_ne!(welsh, english, "{event_type}");
    }
    // A login in any other way is nothing to be told of.
    assert_eq!(read(let_in(), &login().app(0), "notice"), "");
}
