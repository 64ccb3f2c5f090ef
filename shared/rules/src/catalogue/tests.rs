use std::collections::BTreeSet;

use twofactor_contract::sms::Delivery;

use super::*;
use crate::Limits;
use crate::throttle::Pace;

const METHODS: [Option<Method>; 4] = [
    None,
    Some(Method::Totp),
    Some(Method::Sms),
    Some(Method::Backup),
];

/// The accented letters of Welsh, composed. A string of these and of ASCII is in Unicode's NFC.
const ACCENTED: &str = "âêîôûŵŷàèìòùẁỳáéíóúẃýäëïöüẅÿ";

/// Makes every sentence in each of its uses.
fn all() -> Vec<Sentence> {
    let limits = Limits::default();
    let by_reason = Reason::ALL
        .iter()
        .flat_map(|reason| METHODS.map(|method| Sentence::of(*reason, method)));
    let throttled = Pace::ALL.map(|by| Sentence::throttled(by, &limits));
    let notices = Method::ALL.iter().flat_map(|method| {
        [
            Sentence::notice_of_set_up(*method),
            Sentence::notice_of_removal(*method, true),
            Sentence::notice_of_removal(*method, false),
        ]
    });
    let others = [
        Sentence::clock_off(4),
        Sentence::clock_off(-2),
        Sentence::challenge(Next::EnterCode),
        Sentence::challenge(Next::SetUp),
        Sentence::sent(Delivery::Accepted),
        Sentence::sent(Delivery::Unknown),
        Sentence::MalformedCodeCapitals,
        Sentence::AlreadySetUpExemption,
        Sentence::Wait {
            wait: Duration::rounded_up(30),
        },
        Sentence::NoticeBackupCodeUsed,
        Sentence::NoticeExempted,
        Sentence::NoticeExemptionEnded,
        Sentence::NoticeReset,
        text_body("Student CRM"),
    ];
    by_reason
        .chain(throttled)
        .chain(notices)
        .chain(others)
        .collect()
}

fn text_body(issuer: &str) -> Sentence {
    Sentence::TextBody {
        code: Secret::new("abc234".to_owned()),
        issuer: issuer.to_owned(),
        lifetime: Duration::rounded_up(600),
    }
}

fn entry(sentence: &Sentence) -> &'static Entry {
    let mut entries = Sentence::ALL.iter();
    let entry = entries.find(|entry| entry.key == sentence.key());
    entry.expect("the sentence is listed")
}

/// Returns every template with its key and its language.
fn templates() -> impl Iterator<Item = (&'static str, Language, &'static str)> {
    Sentence::ALL.iter().flat_map(|entry| {
        let languages = Language::ALL.iter();
        languages.map(|language| (entry.key, *language, entry.template(*language)))
    })
}

/// Returns the names in braces, in their order.
fn placeholders(template: &str) -> Vec<&str> {
    let names = template.split('{').skip(1);
    names
        .map(|from| from.split_once('}').expect("a closing brace").0)
        .collect()
}

#[test]
fn keys_are_unique_and_in_snake_case() {
    let keys: BTreeSet<_> = Sentence::ALL.iter().map(|entry| entry.key).collect();
    assert_eq!(keys.len(), Sentence::ALL.len());
    for key in keys {
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        assert!(key.split('.').all(is_name), "{key}");
    }
}

#[test]
fn both_languages_have_the_same_placeholders_once_each() {
    for entry in Sentence::ALL {
        let known: BTreeSet<_> = entry.placeholders.iter().copied().collect();
        for language in Language::ALL {
            let found = placeholders(entry.template(*language));
            let names: BTreeSet<_> = found.iter().copied().collect();
            assert_eq!(names, known, "{} in {language:?}", entry.key);
            assert_eq!(
                names.len(),
                found.len(),
                "{} has one twice: {found:?}",
                entry.key
            );
        }
    }
}

#[test]
fn templates_are_whole_sentences_in_plain_characters() {
    for (key, language, template) in templates() {
        assert!(template.len() > 10 && template.ends_with('.'), "{key}");
        assert!(
            !template.contains("  ") && template.trim() == template,
            "{key}"
        );
        let accented = match language {
            Language::En => "",
            Language::Cy => ACCENTED,
        };
        let is_plain = |c: char| {
            let lower = c.to_lowercase().next().unwrap_or(c);
            c == ' ' || c.is_ascii_graphic() || accented.contains(lower)
        };
        let odd: String = template.chars().filter(|c| !is_plain(*c)).collect();
        assert!(odd.is_empty(), "{key} in {language:?} has {odd:?}");
    }
}

#[test]
fn no_sentence_is_the_same_in_both_languages_or_under_two_keys() {
    let mut templates: Vec<_> = templates().map(|(_, _, template)| template).collect();
    templates.sort_unstable();
    for pair in templates.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}

#[test]
fn every_sentence_has_a_use_and_leaves_no_placeholder() {
    let mut used = BTreeSet::new();
    for sentence in all() {
        used.insert(entry(&sentence).key);
        for language in Language::ALL {
            let words = sentence.in_language(*language);
            assert!(!words.contains(['{', '}']), "{words}");
        }
    }
    let listed: BTreeSet<_> = Sentence::ALL.iter().map(|entry| entry.key).collect();
    assert_eq!(used, listed);
}

#[test]
fn every_reason_has_a_sentence_for_every_method() {
    let has = |reason, method| {
        let mut entries = Sentence::ALL.iter();
        entries.any(|entry| entry.role == Role::Rejection(reason, method))
    };
    for reason in Reason::ALL {
        for method in METHODS {
            let entry = entry(&Sentence::of(*reason, method));
            let (explained, by) = entry.reason().expect("a sentence of a reason");
            assert_eq!(explained, *reason);
            if method.is_some() && has(*reason, method) {
                assert_eq!(by, method, "{}", entry.key);
            } else if has(*reason, None) {
                assert_eq!(by, None, "{}", entry.key);
            }
            assert_eq!(entry.next(), Some(crate::next::next(*reason, method)));
            assert!(entry.key.starts_with(reason.as_str()), "{}", entry.key);
        }
    }
}

#[test]
fn no_sentence_names_another_person() {
    for (key, _, template) in templates() {
        for revealing in [
            "user exists",
            "another user",
            "other user",
            "somebody",
            "someone",
            "taken",
            "defnyddiwr arall",
            "rhywun",
            "yn bodoli",
        ] {
            assert!(!template.contains(revealing), "{key}: {template}");
        }
    }
}

#[test]
fn a_notice_has_no_detail_and_says_what_to_do() {
    let notices = Sentence::ALL
        .iter()
        .filter(|entry| entry.role == Role::Notice);
    for entry in notices {
        assert_eq!(entry.kind(), "notice");
        assert!(entry.placeholders.is_empty(), "{}", entry.key);
        assert!(!entry.en.contains(|c: char| c.is_ascii_digit()));
        // One sentence: what happened; what to do if it was not wanted.
        let (_, what_to_do) = entry.en.split_once("; ").unwrap_or_default();
        assert!(what_to_do.starts_with("if "), "{}", entry.en);
        for template in [entry.en, entry.cy] {
            assert_eq!(template.matches('.').count(), 1, "{template}");
        }
        assert!(entry.en.ends_with("tell your user administrator at once."));
        assert!(
            entry
                .cy
                .ends_with("rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith."),
            "{}",
            entry.cy
        );
    }
}

#[test]
fn a_limit_on_texts_is_named_with_its_own_values() {
    let limits = Limits {
        sms_throttle: jiff::SignedDuration::from_mins(7),
        ..Limits::default()
    };
    let sentences = |by| {
        let sentence = Sentence::throttled(by, &limits);
        (
            sentence.in_language(Language::En),
            sentence.in_language(Language::Cy),
        )
    };
    let pair = |en: &str, cy: &str| (en.to_owned(), cy.to_owned());
    assert_eq!(
        sentences(Pace::UserPeriod),
        pair(
            "We send you at most one text in 7 minutes.",
            "Rydym yn anfon un neges destun atoch mewn 7 munud ar y mwyaf."
        )
    );
    assert_eq!(
        sentences(Pace::UserDay),
        pair(
            "We send you at most 20 texts in 24 hours.",
            "Rydym yn anfon 20 neges destun atoch mewn 24 awr ar y mwyaf."
        )
    );
    assert_eq!(
        sentences(Pace::UserCalls),
        pair(
            "We cannot send you a text just now.",
            "Nid oes modd i ni anfon neges destun atoch ar hyn o bryd."
        )
    );
    let (period, _) = sentences(Pace::NumberPeriod);
    assert!(period.ends_with("at most one text in 7 minutes."));
    let (day, _) = sentences(Pace::NumberDay);
    assert!(day.ends_with("at most 5 texts in 24 hours."));
}

#[test]
fn a_clock_that_is_off_is_named_with_its_offset() {
    let sentence = |offset, language| Sentence::clock_off(offset).in_language(language);
    assert!(sentence(4, Language::En).contains("about 2 minutes ahead:"));
    assert!(sentence(-2, Language::En).contains("about 60 seconds behind:"));
    assert!(sentence(4, Language::Cy).contains("tua 2 funud ar y blaen i'r amser cywir:"));
    assert!(sentence(-2, Language::Cy).contains("tua 60 eiliad y tu ôl i'r amser cywir:"));
}

#[test]
fn what_is_filled_in_is_not_searched_for_placeholders() {
    let body = text_body("{code} {lifetime} {none} }{").in_language(Language::En);
    assert!(body.starts_with("abc234 is your {code} {lifetime} {none} }{ code. "));
}

#[test]
fn a_sentence_prints_no_code() {
    assert!(!format!("{:?}", text_body("Student CRM")).contains("abc234"));
}
