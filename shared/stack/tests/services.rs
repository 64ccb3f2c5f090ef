//! The real broker and database of a stack: readiness, crashes, odd paths, what stays after it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use twofactor_stack::{
    database, http,
    part::Part,
    postgres, process, rabbitmq,
    stack::{self, Stack},
};

const SERVICES: [Part; 2] = [Part::RabbitMq, Part::Postgres];
const PROGRAMS: [&str; 3] = ["rabbitmq", "epmd", "postgres"];

fn start(parent: &Path) -> Stack {
    let mut stack = Stack::throwaway(parent, "stack", Path::new("/nowhere")).expect("a directory");
    stack
        .prepare(&SERVICES, 1, BTreeMap::new())
        .expect("everything is there");
    stack
        .start_all(&SERVICES)
        .expect("broker and database start");
    stack
}

fn pids(stack: &Stack) -> Vec<i32> {
    let find = |name| {
        process::find(stack.directory(), name)
            .expect("it runs")
            .pid()
    };
    PROGRAMS.into_iter().map(find).collect()
}

fn query(stack: &Stack, sql: &str) -> String {
    postgres::run_sql(stack.settings(), postgres::SUPERUSER, "postgres", sql).expect("an answer")
}

fn users(stack: &Stack) -> String {
    let url = format!("{}/api/users", rabbitmq::api_url(stack.settings()));
    http::get(&url).expect("the list of users")
}

#[test]
fn data_survives_a_crash_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    // Anybody may enter, as in a usual checkout; besides, the path is long and has spaces.
    open_to_all(folder.path());
    let parent = folder
        .path()
        .join("a place with spaces")
        .join("x".repeat(100));
    let stack = start(&parent);
    query(
        &stack,
        "CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)",
    );
    for part in SERVICES {
        assert!(stack.kill(part).expect("it can be killed"), "{part} ran");
        assert!(
            !stack.stop(part).expect("nothing to do"),
            "{part} does not run"
        );
        stack.start(part).expect("it starts on the same data");
    }
    assert_eq!(query(&stack, "SELECT x FROM kept"), "7");
    assert!(users(&stack).contains("\"name\":\"observer\""));

    let processes: Vec<_> = pids(&stack)
        .into_iter()
        .map(|pid| process::Identity::of(pid).expect("it runs"))
        .collect();
    let root = stack.directory().root().to_owned();
    drop(stack);
    assert!(processes.iter().all(|process| !process.is_alive()));
    assert!(!root.exists());
}

#[test]
fn the_next_run_clears_up_after_one_that_was_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    open_to_all(folder.path());
    let mut killed = start(folder.path());
    let processes: Vec<_> = pids(&killed)
        .into_iter()
        .map(|pid| process::Identity::of(pid).expect("it runs"))
        .collect();
    // As a run that is killed leaves it: everything runs on, and the lock is free.
    killed.keep();
    let root = killed.directory().root().to_owned();
    drop(killed);
    assert!(processes.iter().all(process::Identity::is_alive));

    let next = Stack::throwaway(folder.path(), "stack", Path::new("/nowhere")).expect("a stack");
    assert!(processes.iter().all(|process| !process.is_alive()));
    assert!(!root.exists());
    drop(next);
}

#[test]
fn a_stack_in_use_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Stack::throwaway(folder.path(), "stack", Path::new("/nowhere")).expect("a stack");
    let second = Stack::throwaway(folder.path(), "stack", Path::new("/nowhere")).expect("another");
    assert!(first.directory().root().exists());
    assert_ne!(first.directory().root(), second.directory().root());
}

#[test]
fn what_is_not_built_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = PathBuf::from("/nowhere");
    let stack = Stack::throwaway(folder.path(), "stack", &nowhere).expect("a stack");
    let mut settings = stack.settings().clone();
    settings.copies = 1;
    stack::provide(&mut settings).expect("passwords and ports");
    settings.save(stack.directory()).expect("saved");
    let root = stack.directory().root().to_owned();
    let mut stack = stack;
    stack.keep();
    drop(stack);
    let stack = Stack::open(&root, &nowhere).expect("the same stack");
    let error = stack
        .start(Part::SmsSandbox)
        .expect_err("there is no such program");
    assert!(
        error.to_string().contains("cargo build --release"),
        "{error}"
    );
    assert!(database::url(stack.settings(), database::OWNER).ends_with("/twofactor"));
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("our own folder");
}
