//! Imports: what may be imported, and what is set up; a set-up or reset here has precedence.

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::{Method, Service};
use twofactor_rules::import::{App, Due, Import, Known, Obstacle, Phone};
use twofactor_rules::keys::Purpose;
use twofactor_rules::number::Mobile;
use twofactor_rules::{Changed, Limits, User};
use zeroize::Zeroizing;

use crate::fixture::{NUMBER, OTHER_NUMBER, given, start};
use crate::support::{keys, seeded_rng};
use crate::world::World;

const SECRET: &[u8] = b"abcdefghij";

/// Returns the time this many hours before every case begins.
fn ago(hours: i64) -> Timestamp {
    start() - SignedDuration::from_hours(hours)
}

fn app(set_up_at: Timestamp) -> App {
    let secret = Zeroizing::new(SECRET.to_vec());
    App { secret, set_up_at }
}

fn phone(number: &str, set_up_at: Timestamp) -> Phone {
    let mobile = Mobile::parse(number, None, &Limits::default()).expect("a mobile number");
    Phone {
        lookup: mobile.lookup(keys()),
        mobile,
        set_up_at,
    }
}

fn anna(totp: impl Into<Option<App>>, sms: impl Into<Option<Phone>>) -> Import {
    let totp = totp.into();
    let sms = sms.into();
    let user = World::anna();
    Import { user, totp, sms }
}

/// Imports an app of 10 hours ago and a number of 20 hours ago.
fn both() -> Import {
    anna(app(ago(10)), phone(NUMBER, ago(20)))
}

fn known() -> Known {
    Known {
        has_policy: true,
        ..Known::default()
    }
}

#[test]
fn the_state_of_a_person_can_be_an_obstacle_to_an_import() {
    let reset = |hours| Known {
        reset_since: Some(ago(hours)),
        ..known()
    };
    let has = |method| Known {
        methods: vec![method],
        ..known()
    };
    let totp = || anna(app(ago(10)), None);
    let sms = || anna(None, phone(NUMBER, ago(20)));
    let ahead = start() + SignedDuration::from_secs(1);
    let taken = Known {
        number_owner: Some("ben".to_owned()),
        ..known()
    };
    let done = Known {
        is_done: true,
        methods: vec![Method::Totp],
        reset_since: Some(ago(1)),
        ..Known::default()
    };
    let table = [
        (both(), known(), Ok(Due::New)),
        (both(), Known::default(), Err(Obstacle::NoPolicy)),
        // Whatever happened since, the same import is never carried out twice.
        (both(), done, Ok(Due::Done)),
        (
            both(),
            has(Method::Totp),
            Err(Obstacle::AlreadySetUp(Method::Totp)),
        ),
        (
            both(),
            has(Method::Sms),
            Err(Obstacle::AlreadySetUp(Method::Sms)),
        ),
        (totp(), has(Method::Sms), Ok(Due::New)),
        (sms(), has(Method::Totp), Ok(Due::New)),
        (sms(), has(Method::Backup), Ok(Due::New)),
        // A reset has precedence over a set-up before it or at the same time.
        (both(), reset(21), Ok(Due::New)),
        (both(), reset(20), Err(Obstacle::ResetSince(ago(20)))),
        (both(), reset(15), Err(Obstacle::ResetSince(ago(15)))),
        (totp(), reset(15), Ok(Due::New)),
        (totp(), reset(10), Err(Obstacle::ResetSince(ago(10)))),
        (both(), taken, Err(Obstacle::NumberTaken("ben".to_owned()))),
        (anna(app(start()), None), known(), Ok(Due::New)),
        (anna(app(ahead), None), known(), Err(Obstacle::SetUpAhead)),
        (
            anna(app(ago(1)), phone(NUMBER, ahead)),
            known(),
            Err(Obstacle::SetUpAhead),
        ),
    ];
    for (at, (import, known, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            import.check(&known, start()),
            expected,
            "row {at}: {known:?}"
        );
    }
}

#[test]
fn changes_before_the_lock_was_held_are_obstacles_too() {
    let decide = |import: &Import, user: &User| import.decide(user, keys(), &mut seeded_rng(3));
    let refused = |import: &Import, mut world: World| decide(import, world.user()).err();
    let has_totp = refused(&both(), given().totp());
    assert_eq!(has_totp, Some(Obstacle::AlreadySetUp(Method::Totp)));
    let has_sms = refused(&both(), given().sms());
    assert_eq!(has_sms, Some(Obstacle::AlreadySetUp(Method::Sms)));
    let reset = refused(&both(), given().reset(3_600));
    assert_eq!(reset, Some(Obstacle::ResetSince(ago(1))));
    assert_eq!(refused(&anna(app(ago(10)), None), given().sms()), None);
}

#[test]
fn both_methods_are_set_up_as_the_person_had_them_and_nothing_else_changes() {
    let mut world = given().exempt(60).first_login(7_200);
    let import = both();
    let before = world.user().clone();
    let changed = import.decide(&before, keys(), &mut seeded_rng(3));
    let changed: Changed = changed.expect("no obstacle");
    world.state.apply(&changed);
    let user = world.user();
    let totp = user.totp.take().expect("an app");
    let secret = keys().open(Purpose::TotpSecret, &World::anna(), &totp.secret);
    assert_eq!(secret.expect("it opens").as_slice(), SECRET);
    assert_eq!(totp.set_up_at, ago(10));
    let sms = user.sms.take().expect("a number");
    let number = keys().open(Purpose::MobileNumber, &World::anna(), &sms.number);
    assert_eq!(number.expect("it opens").as_slice(), NUMBER.as_bytes());
    assert_eq!((sms.country.as_str(), sms.set_up_at), ("GB", ago(20)));
    let expected = User {
        ever_set_up: true,
        // It is for a user who can use neither method.
        exempt_until: None,
        ..before
    };
    assert_eq!(*user, expected);
}

#[test]
fn the_trail_has_one_row_with_an_id_of_all_that_is_imported() {
    let id = both().id(keys());
    assert_eq!(both().id(keys()), id);
    let others = [
        anna(app(ago(10)), None),
        anna(None, phone(NUMBER, ago(20))),
        anna(app(ago(11)), phone(NUMBER, ago(20))),
        anna(app(ago(10)), phone(NUMBER, ago(21))),
        anna(app(ago(10)), phone(OTHER_NUMBER, ago(20))),
    ];
    for other in others {
        assert_ne!(other.id(keys()), id);
    }
    let row = both().row(id, "root");
    assert_eq!(row.log, Service::Enrollment);
    assert_eq!(row.event_id.as_deref(), Some(id.to_string().as_str()));
    assert_eq!((row.outcome_id, &*row.outcome_type), (id, "import"));
    assert_eq!(row.actor_id.as_deref(), Some("root"));
    assert_eq!(row.notes.method, None, "there are two");
    let alone = anna(app(ago(10)), None).row(id, "root");
    assert_eq!(alone.notes.method, Some(Method::Totp));
}
