//! The database comes back as a standby, as in a failover that is seen through a proxy that lags:
//! nothing is counted against any event, `/readyz` says so, and once it is promoted everything is
//! answered as if nothing had happened.

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use twofactor_stack::part::WORKERS;
use twofactor_testkit::{Crm, CrmEvent, Institution};

use crate::own_stack::OwnStack;

/// The time for which it is a standby.
const STANDBY: Duration = Duration::from_secs(10);
/// The time that an outcome may take, asked once.
const PATIENCE: Duration = Duration::from_mins(1);
/// Count of people who log in with a code, and of those who do without.
const WITH_CODE: usize = 10;
const WITHOUT: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_nothing_and_loses_nothing() {
    let stack = OwnStack::start("outage-standby");
    let crm = Crm::connect(&stack.amqp_url("crm")).await.expect("a CRM");
    let crm = crm.patient_for(PATIENCE);
    let institution = Institution::strict(&crm).await.expect("a policy");
    let set_ups = (0..WITH_CODE).map(async |_| {
        let person = institution.person().in_session("set-up");
        let (app, _) = person.set_up_totp(&crm).await.expect("an app");
        (person, app)
    });
    let people = join_all(set_ups).await;
    stack.become_standby().await;
    let now = Timestamp::now();
    let with_code = people.iter().map(|(person, app)| {
        let code = app.code_steps_from(now, 1);
        let login = person.anew().login_by("totp", &code).at(now);
        (login, "login.accepted.v1")
    });
    let mut sent: Vec<(CrmEvent, &str)> = with_code.collect();
    let fresh = || institution.person();
    sent.extend((0..WITHOUT).map(|_| (fresh().login(), "login.challenged.v1")));
    sent.push((fresh().reset("a failover"), "reset.completed.v1"));
    sent.push((fresh().start_totp(), "enrollment.pending.v1"));
    let answers = join_all(sent.iter().map(|(event, _)| crm.ask(event)));
    let promoting = async {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < STANDBY {
            for worker in WORKERS {
                assert!(!stack.is_ready(worker), "{worker} on a standby");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        stack.run("select pg_promote()".to_owned()).await;
    };
    let (answers, ()) = tokio::join!(answers, promoting);
    for ((event, expected), outcome) in sent.iter().zip(answers) {
        let outcome = outcome.expect("an outcome, asked once");
        assert_eq!(outcome.kind(), *expected, "{}", outcome.as_string());
        assert_eq!(outcome.id(), Some(event.outcome_id()));
    }
    every_event_is_in_the_trail_once(&stack, &sent);
    stack.nothing_is_left_in_the_queues().await;
    stack.all_are_alive();
    for worker in WORKERS {
        stack.recovers(worker).await;
    }
}

fn every_event_is_in_the_trail_once(stack: &OwnStack, sent: &[(CrmEvent, &str)]) {
    let ids: Vec<String> = sent
        .iter()
        .map(|(event, _)| format!("'{}'", event.id()))
        .collect();
    let logs = ["login_log", "reset_log", "enrollment_log"];
    let logs = logs.map(|log| format!("select event_id from audit.{log}"));
    let rows = format!(
        "from ({}) as log where event_id in ({})",
        logs.join(" union all "),
        ids.join(", ")
    );
    assert_eq!(stack.count(&format!("select count(*) {rows}")), sent.len());
    let distinct = stack.count(&format!("select count(distinct event_id) {rows}"));
    assert_eq!(distinct, sent.len());
}
