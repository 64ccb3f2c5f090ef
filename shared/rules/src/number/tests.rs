use proptest::prelude::*;

use super::*;
use crate::pasted::tests::{DASHES, INVISIBLE, interspersed};

fn with_countries(countries: &[&str]) -> Limits {
    Limits {
        sms_countries: countries.iter().map(ToString::to_string).collect(),
        ..Limits::default()
    }
}

/// Reads a number with its country, if texts may be sent to these countries.
fn read(entered: &str, region: Option<&str>, countries: &[&str]) -> Option<(String, String)> {
    let mobile = Mobile::parse(entered, region, &with_countries(countries)).ok()?;
    Some((mobile.e164.expose().clone(), mobile.country))
}

fn e164(entered: &str, region: Option<&str>) -> Option<String> {
    read(entered, region, &["GB"]).map(|(number, _)| number)
}

#[test]
fn usual_spellings_are_one_number() {
    let expected = Some("+447400123456".to_owned());
    for entered in [
        "+447400123456",
        " +44 7400 123-456 ",
        "+44 (0)7400 123456",
        "+44 07400 123456",
        "+44.7400.123.456",
        "\u{202a}+447400123456\u{202c}",
        "+44\u{a0}7400\u{a0}123456",
        "\u{200b}+44\u{2011}7400\u{2013}123\u{2212}456",
    ] {
        assert_eq!(e164(entered, None), expected, "{entered:?}");
    }
    for entered in [
        "07400 123456",
        "(07400) 123456",
        "7400123456",
        "0044 7400 123456",
        "447400123456",
        "44 (0) 7400 123456",
        "\u{feff}07400\u{2003}123456\u{200e}",
    ] {
        assert_eq!(e164(entered, Some("GB")), expected, "{entered:?}");
    }
    // For an E.164 number the region is ignored, even an invalid one.
    for region in ["FR", "LT", "US", "XX", "gb"] {
        assert_eq!(e164("+447400123456", Some(region)), expected, "{region}");
    }
}

#[test]
fn anything_but_a_mobile_number_is_refused() {
    for entered in [
        "",
        "+",
        "07400123456",
        "+44",
        "+441632960961",
        "+442079460000",
        "+4474001234567890",
        "+447400123456;ext=1",
        "+447400ABCDEF",
        "+٤٤٧٤٠٠١٢٣٤٥٦",
        "＋447400123456",
        "tel:+447400123456",
        "+33612345678",
        "++447400123456",
        "447400123456",
        "+44\x007400123456",
        "+44*7400123456",
        "+044 7400 123456",
        "+447012345678",
        "+447624123456",
        "+88213123456",
        "+9997400123456",
    ] {
        assert_eq!(e164(entered, None), None, "{entered}");
    }
    assert_eq!(e164("07400123456", Some("XX")), None);
    // Not by the digits of another country's number plan.
    assert_eq!(e164("07400 123456", Some("FR")), None);
    assert_eq!(e164("020 7946 0000", Some("GB")), None);
    assert_eq!(e164(&"4".repeat(100), Some("GB")), None);
}

/// A digit of the number may equal the national prefix of the given region, or of its own country.
#[test]
fn no_digit_is_lost() {
    let of = |entered: &str, region, countries: &[&str]| {
        read(entered, region, countries).map(|(n, _)| n)
    };
    for region in [None, Some("LT"), Some("ID"), Some("GB"), Some("RU")] {
        let number = of("+6288112345678", region, &["GB", "ID"]);
        assert_eq!(number.as_deref(), Some("+6288112345678"), "{region:?}");
        let number = of("+4915123456789", region, &["GB", "DE"]);
        assert_eq!(number.as_deref(), Some("+4915123456789"), "{region:?}");
    }
    for (entered, region, expected) in [
        ("0881 1234 5678", "ID", "+6288112345678"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("912 345 67 89", "RU", "+79123456789"),
        ("8 771 000 9998", "KZ", "+77710009998"),
        ("8 771 000 9998", "RU", "+77710009998"),
        ("8 612 34567", "LT", "+37061234567"),
        ("0 612 34567", "LT", "+37061234567"),
        ("07 12 34 56 78", "CI", "+2250712345678"),
        ("01 95 12 34 56", "BJ", "+2290195123456"),
        ("06 612 3456", "CG", "+242066123456"),
        ("312 345 6789", "IT", "+393123456789"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("11 15 2345 6789", "AR", "+5491123456789"),
        ("9 11 2345 6789", "AR", "+5491123456789"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("0 15 11 96123 4567", "BR", "+5511961234567"),
        ("(011) 96123-4567", "BR", "+5511961234567"),
        ("1 (204) 234-5678", "US", "+12042345678"),
        ("07797 712345", "GB", "+447797712345"),
        ("07911 123456", "JE", "+447911123456"),
    ] {
        let all = [
            "AR", "BJ", "BR", "CA", "CG", "CI", "GB", "GG", "ID", "IT", "JE", "KZ", "LT", "MX",
            "RU",
        ];
        assert_eq!(
            of(entered, Some(region), &all).as_deref(),
            Some(expected),
            "{entered} {region}"
        );
    }
}

/// Countries that share a calling code: a number belongs to the country that has it, and where
/// several have the same mobile numbers, to any of them.
#[test]
fn the_number_determines_the_country() {
    let jersey = "+447797712345";
    assert_eq!(read(jersey, None, &["GB"]), None);
    let country =
        |entered, countries: &[&str]| read(entered, None, countries).map(|(_, country)| country);
    assert_eq!(country(jersey, &["GB", "JE"]).as_deref(), Some("JE"));
    assert_eq!(
        country("+447781123456", &["GB", "GG", "JE"]).as_deref(),
        Some("GG")
    );
    assert_eq!(
        country("+447624123456", &["GB", "IM"]).as_deref(),
        Some("IM")
    );
    assert_eq!(
        country("+12042345678", &["CA", "US"]).as_deref(),
        Some("CA")
    );
    assert_eq!(country("+12042345678", &["US"]), None);
    assert_eq!(country("+77710009998", &["RU"]), None);
    assert_eq!(
        country("+77710009998", &["KZ", "RU"]).as_deref(),
        Some("KZ")
    );
    assert_eq!(
        country("+358412345678", &["FI", "AX"]).as_deref(),
        Some("FI")
    );
    assert_eq!(country("+358412345678", &["AX"]).as_deref(), Some("AX"));
}

#[test]
fn every_country_of_the_metadata_can_be_named_in_a_setting() {
    for country in ["GB", "JE", "CI", "XK", "AX", "US"] {
        assert!(is_country(country), "{country}");
    }
    for wrong in ["", "gb", "UK", "001", "GBR", " GB", "ZZ"] {
        assert!(!is_country(wrong), "{wrong}");
    }
}

proptest! {
    #[test]
    fn invisible_characters_do_not_matter(
        entered in interspersed("+44(0)7400123456".to_owned(), [&INVISIBLE[..], &DASHES[..]].concat())
    ) {
        prop_assert_eq!(e164(&entered, None), Some("+447400123456".to_owned()));
    }

    #[test]
    fn a_number_is_written_as_it_is_dialled_or_refused(entered in "[+0-9 ().-]{0,24}") {
        let digits = |entered: &str| entered.chars().filter(char::is_ascii_digit).collect::<String>();
        for region in [None, Some("GB"), Some("LT"), Some("AR"), Some("US")] {
            let all = ["AR", "GB", "LT", "US"];
            if let Some((number, _)) = read(&entered, region, &all) {
                prop_assert!((8..=16).contains(&number.len()) && number.starts_with('+'));
                // Its last digits are the last digits of the entry.
                let end = &number[number.len() - 6..];
                prop_assert!(digits(&entered).ends_with(end), "{} {}", entered, number);
                let again = read(&number, None, &all).map(|(number, _)| number);
                prop_assert_eq!(again, Some(number));
            }
        }
    }

    #[test]
    fn no_entry_panics(entered in any::<String>(), region in "[A-Z]{2}") {
        let _ = read(&entered, Some(&region), &["GB"]);
    }
}
