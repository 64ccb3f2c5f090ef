//! Many requests for a text are one text; many people get one each; a number that is removed while
//! a text is on its way stays removed.

use futures::future::join_all;
use twofactor_contract::Service::{Enrollment, Login, Reset, Sms};
use twofactor_testkit::{CrmEvent, Fault, Institution, Person, THROTTLE, World};

use crate::races::{CROWD, all_at_once, both_copies_worked, counts, tally, two_of_each};

async fn people(world: &World, institution: &Institution, count: usize) -> Vec<Person> {
    let people: Vec<_> = (0..count).map(|_| institution.person()).collect();
    let set_ups = people
        .iter()
        .map(|person| person.set_up_sms(&world.crm, &world.sms));
    for completed in join_all(set_ups).await {
        completed.expect("a number");
    }
    world.database.let_pass(THROTTLE).await;
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_requests_are_one_text() {
    let (world, institution) = two_of_each(&[Sms, Enrollment]).await;
    let person = people(&world, &institution, 1).await.remove(0);
    let requests: Vec<CrmEvent> = (0..CROWD).map(|_| person.anew().request_text()).collect();
    let outcomes = all_at_once(&world, &requests).await;
    let once = [("sms.sent.v1", 1), ("sms.throttled.v1", CROWD - 1)];
    assert_eq!(tally(&outcomes), counts(&once));
    let texts = world.sms.texts_to(&person.number).await.expect("an inbox");
    assert_eq!(texts.len(), 2, "one for the set-up, one for the login");
    both_copies_worked(&world, Sms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_people_get_a_text_each() {
    let (world, institution) = two_of_each(&[Sms, Enrollment]).await;
    let people = people(&world, &institution, CROWD).await;
    let requests: Vec<CrmEvent> = people.iter().map(|one| one.anew().request_text()).collect();
    let outcomes = all_at_once(&world, &requests).await;
    assert_eq!(tally(&outcomes), counts(&[("sms.sent.v1", CROWD)]));
    for person in &people {
        let texts = world.sms.texts_to(&person.number).await.expect("an inbox");
        assert_eq!(texts.len(), 2);
        assert_ne!(texts[0].code(), texts[1].code());
    }
    both_copies_worked(&world, Sms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_with_one_number_at_once_is_one_text() {
    let (world, institution) = two_of_each(&[Enrollment]).await;
    let number = institution.person().number;
    let starts: Vec<CrmEvent> = (0..CROWD)
        .map(|_| {
            let mut person = institution.person();
            person.number.clone_from(&number);
            person.start_sms()
        })
        .collect();
    let outcomes = all_at_once(&world, &starts).await;
    let once = [
        ("enrollment.pending.v1", 1),
        ("enrollment.rejected.v1 throttled", CROWD - 1),
    ];
    assert_eq!(tally(&outcomes), counts(&once));
    let texts = world.sms.texts_to(&number).await.expect("an inbox");
    assert_eq!(texts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_or_an_erasure_takes_a_text_with_it_that_is_on_its_way() {
    let (world, institution) = two_of_each(&[Login, Sms, Enrollment, Reset]).await;
    let people = people(&world, &institution, 2).await;
    let people: Vec<Person> = people.iter().map(Person::anew).collect();
    world.sms.set_fault(Fault::Hang).await.expect("a fault");
    let requests: Vec<CrmEvent> = people.iter().map(Person::request_text).collect();
    let taken_away = async {
        for person in &people {
            let texts = world.sms.wait_for(&person.number, 2).await;
            texts.expect("the text is taken, and not answered");
        }
        let events = [people[0].reset("lost"), people[1].erase("left")];
        all_at_once(&world, &events).await
    };
    let (outcomes, taken_away) = tokio::join!(all_at_once(&world, &requests), taken_away);
    assert_eq!(taken_away[0].kind(), "reset.completed.v1");
    assert_eq!(taken_away[1].kind(), "reset.erased.v1");
    let void = [("sms.failed.v1 reset_since", 2)];
    assert_eq!(tally(&outcomes), counts(&void));
    for person in &people {
        let newest = world.sms.newest_to(&person.number).await;
        let code = newest.expect("a text").code().to_owned();
        let login = person.login_by("sms", &code);
        let outcome = world.crm.ask(&login).await.expect("an outcome");
        assert_eq!(outcome.kind(), "login.challenged.v1");
        assert_eq!(outcome["next"], "set_up");
    }
    let dead = world.metric("twofactor_dead_total", &[]).await;
    assert!(dead.expect("metrics") < 0.5, "nothing was set aside");
}
