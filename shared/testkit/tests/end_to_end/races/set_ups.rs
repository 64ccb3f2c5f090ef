//! Set-ups at once: one set of backup codes, and one owner of a number.

use jiff::Timestamp;
use serde_json::json;
use twofactor_contract::Service::{Enrollment, Login};
use twofactor_testkit::{Person, THROTTLE, World};

use crate::races::{all_at_once, both_copies_worked, counts, tally, two_of_each};

const ROUNDS: usize = 10;

/// Returns the code that a person gets who starts to set a number up.
async fn code_for(world: &World, person: &Person) -> String {
    let code = person.receive_code(&world.crm, &world.sms).await;
    code.expect("a code")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_confirmations_one_returns_backup_codes() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    for _ in 0..ROUNDS {
        let person = institution.person();
        let app = person.scan_picture(&world.crm).await;
        let app = app.expect("a picture");
        let texted = code_for(&world, &person).await;
        let now = Timestamp::now();
        let confirmations = [
            person.confirm_totp(&app.code_at(now)).at(now),
            person.confirm_sms(&texted),
        ];
        let outcomes = all_at_once(&world, &confirmations).await;
        // The second finds a method, and this session was not let in by it.
        let one = [
            ("enrollment.completed.v1", 1),
            ("enrollment.rejected.v1 login_required", 1),
        ];
        assert_eq!(tally(&outcomes), counts(&one));
        let with_codes = outcomes.iter().filter(|one| one.has("backup_codes"));
        assert_eq!(with_codes.count(), 1);
    }
    both_copies_worked(&world, Enrollment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_equal_confirmations_one_completes() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let app = person.scan_picture(&world.crm).await;
    let app = app.expect("a picture");
    let now = Timestamp::now();
    let code = app.code_at(now);
    let confirmations: Vec<_> = (0..20)
        .map(|_| person.confirm_totp(&code).at(now))
        .collect();
    let outcomes = all_at_once(&world, &confirmations).await;
    let one = [
        ("enrollment.completed.v1", 1),
        ("enrollment.rejected.v1 login_required", 19),
    ];
    assert_eq!(tally(&outcomes), counts(&one));
    let completed = outcomes.iter().find(|one| one.has("backup_codes"));
    let codes = completed.expect("one set").list("backup_codes");
    // The set that was returned is the set that is kept.
    let login = person.anew().login_by("backup", codes[9]);
    let accepted = world.crm.ask(&login).await.expect("an outcome");
    assert_eq!(accepted["backup_codes_left"], 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_confirm_one_number_one_gets_it() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    for _ in 0..ROUNDS {
        let first = institution.person();
        let mut second = institution.person();
        second.number.clone_from(&first.number);
        let texted = code_for(&world, &first).await;
        world.database.let_pass(THROTTLE).await;
        let texted_too = code_for(&world, &second).await;
        let confirmations = [first.confirm_sms(&texted), second.confirm_sms(&texted_too)];
        let outcomes = all_at_once(&world, &confirmations).await;
        let one = [
            ("enrollment.completed.v1", 1),
            ("enrollment.rejected.v1 number_not_accepted", 1),
        ];
        assert_eq!(tally(&outcomes), counts(&one));
        let logins = [first.anew().login(), second.anew().login()];
        let challenged = all_at_once(&world, &logins).await;
        let with_number = challenged
            .iter()
            .filter(|one| one["methods"] == json!(["sms", "backup"]));
        assert_eq!(with_number.count(), 1);
    }
    both_copies_worked(&world, Enrollment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_given_up_passes_to_one_person_at_most() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    for _ in 0..ROUNDS {
        let owner = institution.person();
        let completed = owner.set_up_sms(&world.crm, &world.sms).await;
        completed.expect("a number");
        owner.enter_after_set_up(&world.crm).await.expect("let in");
        let mut heirs = [institution.person(), institution.person()];
        let mut events = vec![owner.give_up("sms")];
        for heir in &mut heirs {
            world.database.let_pass(THROTTLE).await;
            heir.number.clone_from(&owner.number);
            let code = code_for(&world, heir).await;
            events.push(heir.confirm_sms(&code));
        }
        // The events must not be older than the last text.
        let now = Timestamp::now();
        let events: Vec<_> = events.into_iter().map(|event| event.at(now)).collect();
        let outcomes = tally(&all_at_once(&world, &events).await);
        assert_eq!(outcomes.get("enrollment.removed.v1"), Some(&1));
        let completed = outcomes.get("enrollment.completed.v1").copied();
        let completed = completed.unwrap_or_default();
        assert!(completed <= 1, "{outcomes:?}");
        let with_number = "select count(*) from twofactor.users
            where number_lookup is not null and user_id = any($1)";
        let users = vec![owner.user, heirs[0].user.clone(), heirs[1].user.clone()];
        let with_number = world.database.count(with_number, &[&users]).await;
        assert_eq!(usize::try_from(with_number), Ok(completed));
    }
}
