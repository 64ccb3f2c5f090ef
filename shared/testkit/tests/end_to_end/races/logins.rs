//! One code in many logins is accepted once; many codes, and many people, are all accepted.

use futures::future::join_all;
use jiff::Timestamp;
use twofactor_contract::Service::{Enrollment, Login, Sms};
use twofactor_testkit::{CrmEvent, Role, THROTTLE};

use crate::races::{
    CROWD, all_at_once, both_copies_worked, counts, one_was_let_in, tally, two_of_each,
};

#[tokio::test(flavor = "multi_thread")]
async fn one_app_code_in_fifty_logins_is_accepted_once() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
    let now = Timestamp::now();
    let code = app.code_at(now);
    let logins: Vec<CrmEvent> = (0..CROWD)
        .map(|_| person.anew().login_by("totp", &code).at(now))
        .collect();
    let outcomes = all_at_once(&world, &logins).await;
    one_was_let_in(&outcomes);
    both_copies_worked(&world, Login).await;

    let auditor = world.database.connect(Role::Auditor).await;
    let row = auditor
        .query_one(
            "select count(*), count(via) from audit.login_log where method = 'totp'",
            &[],
        )
        .await
        .expect("the trail can be read");
    assert_eq!(row.get::<_, i64>(0), 50, "one row each");
    assert_eq!(row.get::<_, i64>(1), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_backup_code_in_fifty_logins_is_accepted_once() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let (_, completed) = person.set_up_totp(&world.crm).await.expect("an app");
    let code = completed.list("backup_codes")[7];
    let logins: Vec<CrmEvent> = (0..CROWD)
        .map(|_| person.anew().login_by("backup", code))
        .collect();
    let outcomes = all_at_once(&world, &logins).await;
    one_was_let_in(&outcomes);
    both_copies_worked(&world, Login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_text_code_in_fifty_logins_is_accepted_once() {
    let (world, institution) = two_of_each(&[Login, Sms, Enrollment]).await;
    let person = institution.person();
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    world.database.let_pass(THROTTLE).await;
    let person = person.anew();
    let code = person.texted_code(&world.crm, &world.sms).await;
    let code = code.expect("a code");
    let logins: Vec<CrmEvent> = (0..CROWD).map(|_| person.login_by("sms", &code)).collect();
    let outcomes = all_at_once(&world, &logins).await;
    one_was_let_in(&outcomes);
    both_copies_worked(&world, Login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_codes_of_one_person_are_all_accepted() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let (app, completed) = person.set_up_totp(&world.crm).await.expect("an app");
    let mut logins = vec![
        person.anew().login_by_app(&app, 0),
        person.anew().login_by_app(&app, 1),
    ];
    let codes = completed.list("backup_codes").into_iter();
    logins.extend(codes.map(|code| person.anew().login_by("backup", code)));
    let outcomes = all_at_once(&world, &logins).await;
    assert_eq!(tally(&outcomes), counts(&[("login.accepted.v1", 12)]));
    let mut left: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.integer("backup_codes_left"))
        .collect();
    left.sort_unstable();
    assert_eq!(left, (0..10).collect::<Vec<_>>(), "each was counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn different_people_are_all_accepted() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let people: Vec<_> = (0..CROWD).map(|_| institution.person()).collect();
    let set_up = people.iter().map(|person| person.set_up_totp(&world.crm));
    let apps = join_all(set_up).await.into_iter();
    let logins: Vec<CrmEvent> = people
        .iter()
        .zip(apps)
        .map(|(person, app)| person.anew().login_by_app(&app.expect("an app").0, 0))
        .collect();
    let outcomes = all_at_once(&world, &logins).await;
    assert_eq!(tally(&outcomes), counts(&[("login.accepted.v1", CROWD)]));
    both_copies_worked(&world, Login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_guesses_at_once_are_five() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let (app, completed) = person.set_up_totp(&world.crm).await.expect("an app");
    let wrong = app.wrong_code_at(Timestamp::now());
    let guesses: Vec<CrmEvent> = (0..CROWD)
        .map(|_| person.anew().login_by("totp", &wrong))
        .collect();
    let outcomes = all_at_once(&world, &guesses).await;
    let five = [
        ("login.rejected.v1 wrong_code", 5),
        ("login.rejected.v1 too_many_failures", CROWD - 5),
    ];
    assert_eq!(tally(&outcomes), counts(&five));
    let waits = outcomes
        .iter()
        .filter(|outcome| outcome["reason"] == "too_many_failures")
        .map(|outcome| outcome.integer("retry_after_seconds").expect("a wait"));
    for wait in waits {
        assert!((1..=30).contains(&wait), "{wait}");
    }
    // A guesser does not lock out a user with a backup code.
    let code = completed.list("backup_codes")[0];
    let login = person.anew().login_by("backup", code);
    let outcome = world.crm.ask(&login).await.expect("an outcome");
    assert_eq!(outcome["via"], "backup");
}
