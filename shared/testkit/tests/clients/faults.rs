//! The faults of the control server, as a CRM sees them.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use twofactor_testkit::clients::ClientStack;
use twofactor_testkit::{Crm, Institution, http};

/// Longer than a restart of the workers and the broker on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(300);

/// A suite's view of its stack.
struct Suite {
    variables: Vec<(String, String)>,
    client: Client,
    _stack: ClientStack,
}

impl Suite {
    async fn start() -> Self {
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let stack = ClientStack::start(parent, &[]).await;
        let stack = stack.expect("everything starts");
        Self {
            variables: stack.variables(),
            client: Client::builder()
                .timeout(PATIENCE)
                .no_proxy()
                .build()
                .expect("a client"),
            _stack: stack,
        }
    }

    fn variable(&self, name: &str) -> &str {
        let mut all = self.variables.iter();
        let found = all.find(|(own, _)| own == name);
        &found.expect("a variable of every suite").1
    }

    async fn crm(&self) -> Crm {
        let crm = Crm::connect(self.variable("CRM_AMQP_URL")).await;
        crm.expect("the broker knows the CRM").patient_for(PATIENCE)
    }

    async fn post(&self, path: &str, body: Option<&Value>) -> StatusCode {
        let url = format!("{}{path}", self.variable("CONTROL_URL"));
        let mut request = self.client.post(url);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.expect("an answer").status()
    }

    async fn cause(&self, path: &str) {
        assert_eq!(
            self.post(path, None).await,
            StatusCode::NO_CONTENT,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suite_causes_every_fault_to_its_client() {
    // Installs the provider of ciphers that every HTTP client of this process needs.
    drop(http::client());
    let suite = Suite::start().await;
    workers_stop_and_start(&suite).await;
    a_reply_is_lost(&suite).await;
    another_answer_comes(&suite).await;
    an_interception_is_cancelled(&suite).await;
    connections_are_closed(&suite).await;
    the_broker_restarts(&suite).await;
    invalid_requests_are_refused(&suite).await;
}

async fn workers_stop_and_start(suite: &Suite) {
    let crm = suite.crm().await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    suite.cause("/workers/stop").await;
    let login = institution.person().login();
    let hurried = suite.crm().await.patient_for(SHORT);
    hurried.ask(&login).await.expect_err("nobody answers");
    // Answered at once, done later: the event is published in between.
    suite.cause("/workers/start?after_ms=100").await;
    let answered = crm.ask_for(&login, "login.challenged.v1").await;
    answered.expect("they are back");
    // Running workers are left alone.
    suite.cause("/workers/start").await;
}

async fn a_reply_is_lost(suite: &Suite) {
    let crm = suite.crm().await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    let person = institution.person();
    let (app, _) = person.set_up_totp(&crm).await.expect("an app");
    let login = person.anew().login_by_app(&app, 0);
    suite.cause("/lose-next?after_ms=0").await;
    let hurried = suite.crm().await.patient_for(SHORT);
    hurried.ask(&login).await.expect_err("its reply is lost");
    // The code is spent, so only the same event is accepted again.
    let again = crm.ask_for(&login, "login.accepted.v1").await;
    again.expect("the outcome that was kept");
    let other = person.anew().login_by_app(&app, 0);
    let other = crm.ask_for(&other, "login.rejected.v1").await;
    assert_eq!(other.expect("another event").str("reason"), "code_used");
}

async fn another_answer_comes(suite: &Suite) {
    // Never dropped: the CRM would fail the test, because this outcome violates its schema on purpose.
    let crm = ManuallyDrop::new(suite.crm().await);
    let person = Institution::unheard_of().person();
    let data = json!({
        "tenant_id": person.tenant, "user_id": person.user, "session_id": person.session,
        "via": "carrier_pigeon", "unheard_of": true,
    });
    let answer = json!({ "type": "login.accepted.v1", "data": data });
    let status = suite.post("/answer-next", Some(&answer)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let login = person.login();
    let outcome = crm.ask_for(&login, "login.accepted.v1").await;
    let outcome = outcome.expect("that answer");
    assert_eq!(outcome.data(), &data);
    assert_eq!(outcome.attribute("causationid"), login.id());
    assert_eq!(outcome.message_id.as_deref(), Some(outcome.attribute("id")));
    assert!(outcome.event.get("unheardof").is_some());
    // No worker has seen the event, and the next one is decided by a worker again.
    let real = crm.ask_for(&login.again(), "event.rejected.v1").await;
    assert_eq!(real.expect("a worker").str("reason"), "unknown_tenant");
}

async fn an_interception_is_cancelled(suite: &Suite) {
    let crm = suite.crm().await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    suite.cause("/lose-next").await;
    suite.cause("/workers/start").await;
    let answered = crm.ask(&institution.person().login()).await;
    answered.expect("nothing is lost any more");
}

async fn connections_are_closed(suite: &Suite) {
    let crm = suite.crm().await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    suite.cause("/connections/close").await;
    let login = institution.person().login();
    crm.ask(&login).await.expect_err("the connection is closed");
    let anew = suite.crm().await;
    anew.ask(&login).await.expect("the workers keep theirs");
}

async fn the_broker_restarts(suite: &Suite) {
    let crm = suite.crm().await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    suite.cause("/workers/stop").await;
    let login = institution.person().login();
    let waits = crm.ask(&login);
    suite.cause("/broker/restart?after_ms=100").await;
    waits.await.expect_err("the connection is lost");
    // One fault at a time: this one waits for the restart.
    suite.cause("/workers/start").await;
    let anew = suite.crm().await;
    let answered = anew.ask_for(&login, "login.challenged.v1").await;
    answered.expect("all is back");
}

async fn invalid_requests_are_refused(suite: &Suite) {
    assert_eq!(suite.post("/nothing", None).await, StatusCode::NOT_FOUND);
    let nothing = json!({ "kind": "login.accepted.v1" });
    let status = suite.post("/answer-next", Some(&nothing)).await;
    assert!(status.is_client_error(), "{status}");
    // Without a login worker nothing can be intercepted.
    suite.cause("/workers/stop").await;
    let status = suite.post("/lose-next", None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    suite.cause("/workers/start").await;
}
