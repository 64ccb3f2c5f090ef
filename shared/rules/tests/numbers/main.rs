//! Every country's mobile numbers: each is accepted for its own country, and read as the right
//! number. The examples are Google's own (see `examples.py`), from newer metadata than the crate's.
//!
//! When this was written, 14,700 random numbers of all territories were read as libphonenumber
//! reads them, except for 27 on which the two versions of the metadata differ.

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

/// Reads an entry as a number, if texts may be sent to one country alone.
fn read(entered: &str, region: Option<&str>, limits: &Limits) -> Option<String> {
    let mobile = Mobile::parse(entered, region, limits).ok()?;
    assert!(limits.sms_countries.contains(&mobile.country), "{entered}");
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
        for (entered, region) in [
            (e164, None),
            (e164, Some(territory)),
            (national, Some(territory)),
            (digits.as_str(), Some(territory)),
            (abroad, Some(territory)),
        ] {
            let read = read(entered, region, &own);
            if read.as_deref() != Some(e164) {
                wrong.push(format!(
                    "{territory} {e164}: {entered} {region:?} is read as {read:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// For an E.164 number every region is ignored.
#[test]
fn every_mobile_is_read_the_same_with_every_region() {
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

/// A number belongs to no country with another calling code.
#[test]
fn no_mobile_belongs_to_another_calling_code() {
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
