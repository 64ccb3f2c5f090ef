//! Every country's mobile numbers: each is accepted for its own country, and is the number that
//! was meant. The examples are Google's own (see `examples.py`), of a newer metadata than the crate's.
//!
//! When this was written, 14,700 random numbers of all territories were read as libphonenumber reads
//! them, but for 27, in which the two metadata themselves differ.

use std::collections::BTreeSet;

use twofactor_rules::Limits;
use twofactor_rules::number::{Mobile, is_country};

struct Example {
    territory: &'static str,
    e164: &'static str,
    national: &'static str,
}

fn examples() -> impl Iterator<Item = Example> {
    let rows = include_str!("examples.csv").lines().skip(1);
    rows.map(|row| {
        let mut cells = row.splitn(3, ',');
        let mut cell = || cells.next().expect("three cells");
        Example {
            territory: cell(),
            e164: cell(),
            national: cell(),
        }
    })
}

fn limits(countries: &[&str]) -> Limits {
    Limits {
        sms_countries: countries.iter().map(ToString::to_string).collect(),
        ..Limits::default()
    }
}

/// The number that a text is read as, where texts may go to that country alone.
fn read(text: &str, region: Option<&str>, limits: &Limits) -> Option<String> {
    let mobile = Mobile::parse(text, region, limits).ok()?;
    assert!(limits.sms_countries.contains(&mobile.country), "{text}");
    Some(mobile.e164.expose().clone())
}

#[test]
fn every_territory_can_be_named_in_a_setting() {
    assert!(examples().count() > 240);
    let unknown: Vec<&str> = examples().map(|one| one.territory).collect();
    let unknown: Vec<_> = unknown.into_iter().filter(|one| !is_country(one)).collect();
    assert_eq!(unknown, [] as [&str; 0]);
}

#[test]
fn every_mobile_is_accepted_for_its_own_country() {
    let mut wrong = Vec::new();
    for Example {
        territory,
        e164,
        national,
    } in examples()
    {
        let own = limits(&[territory]);
        let digits: String = national.chars().filter(char::is_ascii_digit).collect();
        let abroad = e164.trim_start_matches('+');
        for (text, region) in [
            (e164, None),
            (e164, Some(territory)),
            (national, Some(territory)),
            (digits.as_str(), Some(territory)),
            (abroad, Some(territory)),
        ] {
            let read = read(text, region, &own);
            if read.as_deref() != Some(e164) {
                wrong.push(format!(
                    "{territory} {e164}: {text} {region:?} is read as {read:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Beside E.164 a region is not looked at, whichever it is.
#[test]
fn every_mobile_is_itself_beside_every_region() {
    let territories: BTreeSet<&str> = examples().map(|one| one.territory).collect();
    for Example {
        territory, e164, ..
    } in examples()
    {
        let own = limits(&[territory]);
        for region in &territories {
            assert_eq!(
                read(e164, Some(region), &own).as_deref(),
                Some(e164),
                "{region}"
            );
        }
    }
}

/// A number is no other country's, but where two have the same numbers by their calling code.
#[test]
fn no_mobile_is_another_calling_codes() {
    for Example {
        territory, e164, ..
    } in examples()
    {
        for other in examples().filter(|other| other.e164[..3] != e164[..3]) {
            let elsewhere = limits(&[other.territory]);
            assert_eq!(
                read(e164, None, &elsewhere),
                None,
                "{territory} for {}",
                other.territory
            );
        }
    }
}
