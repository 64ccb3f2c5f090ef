//! A keyring that is not this database's stops the start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::Plan;

const ENDS_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_of_another_database_stops_the_start() {
    let world = Plan::default().only(&[Service::Login]).start().await;
    let mut world = world.expect("a world");
    let path = world.folder().join("another.json");
    let path = path.to_str().expect("UTF-8").to_owned();
    let key = BASE64.encode(&[7; 32]);
    for name in ["test", "another"] {
        let keyring = json!({"current": name, "keys": {name: key}});
        fs::write(&path, keyring.to_string()).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        let settings = [("KEYRING_FILE", path.as_str())];
        let place = world
            .start_worker(Service::Login, &settings)
            .expect("it starts");
        let ended = world.workers[place]
            .program()
            .ends_within(ENDS_WITHIN)
            .await;
        assert_eq!(ended.expect("it ends").code(), Some(2), "{name}");
        let log = world.workers[place].log();
        let sentence = log.lines().find(|line| line.contains("KEYRING_FILE"));
        assert!(sentence.is_some(), "{log}");
        assert!(!log.contains(&key), "the key is shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_stops_the_start() {
    let world = Plan::default().only(&[Service::Login]).start().await;
    let mut world = world.expect("a world");
    let address = world.workers[0].url().replace("http://", "");
    let mut settings = world.settings(Service::Login);
    settings.push(("METRICS_ADDR".to_owned(), address));
    let log = world.folder().join("second.log");
    let second = twofactor_testkit::program::Program::start("twofactor-login", &log, &settings);
    let mut second = second.expect("it starts");
    let ended = second.ends_within(ENDS_WITHIN).await.expect("it ends");
    assert_eq!(ended.code(), Some(2));
    assert!(second.log().contains("METRICS_ADDR"), "{}", second.log());
    assert!(
        world.workers[0]
            .program()
            .ended()
            .expect("a state")
            .is_none()
    );
}
