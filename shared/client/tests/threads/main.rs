//! That nothing of a client outlives it, whatever its broker did. One test alone, since it counts
//! the threads of its process.
#![cfg(target_os = "linux")]

#[path = "../broker/stub.rs"]
#[expect(dead_code, reason = "the tests beside it use more of it")]
mod stub;

use std::fs;
use std::time::Duration;

use stub::{Act, StubBroker};
use tokio::time::{Instant, sleep};
use twofactor_client::Client;
use twofactor_client::types::LoginAttempted;

const SHORT: Duration = Duration::from_millis(200);

/// The threads of lapin, one for each connection.
fn threads() -> usize {
    let all = fs::read_dir("/proc/self/task").expect("Linux has it");
    let names = all.flatten().map(|task| task.path().join("comm"));
    let names = names.filter_map(|name| fs::read_to_string(name).ok());
    names.filter(|name| name.starts_with("lapin")).count()
}

#[tokio::test]
async fn no_thread_outlives_its_client() {
    let acts = [
        vec![Act::Confirm],
        vec![Act::FallSilent],
        vec![Act::Block],
        vec![Act::Return],
        vec![Act::CloseChannel(404)],
        vec![Act::Hang],
    ];
    for acts in acts {
        let said = acts.clone();
        let broker = StubBroker::start(move |_| said.clone()).await;
        for resend_after in [SHORT, 10 * SHORT] {
            let client = Client::new(&broker.url()).resend_after(resend_after);
            let client = client.give_up_after(4 * SHORT);
            let asked = client.request(&LoginAttempted::default()).await;
            asked.expect_err("there is no answer");
        }
        assert!(!broker.got().is_empty());
        let end = Instant::now() + Duration::from_secs(5);
        while threads() > 0 {
            assert!(Instant::now() < end, "{} after {acts:?}", threads());
            sleep(SHORT / 10).await;
        }
    }
}
