//! RabbitMQ's own command line, for faults that only an operator of it can cause.
//!
//! It knows how a stack's node is named and reached.

use std::process::Command;

use twofactor_stack::account::Account;
use twofactor_stack::programs;
use twofactor_stack::rabbitmq;
use twofactor_stack::stack::Stack;

/// The name of a policy.
const LIMIT: &str = "limit";

/// Sets the free disk below which RabbitMQ raises its alarm to more than any disk has.
pub fn demand_more_disk_than_there_is(stack: &Stack) {
    run(stack, &["set_disk_free_limit", "1000000GB"]);
}

/// Leaves the broker so little memory that it blocks every publisher, until
/// [`leave_enough_memory`].
pub fn leave_no_memory(stack: &Stack) {
    run(stack, &["set_vm_memory_high_watermark", "0.00001"]);
}

/// Leaves the broker as much memory as it has by default.
pub fn leave_enough_memory(stack: &Stack) {
    run(stack, &["set_vm_memory_high_watermark", "0.4"]);
}

/// Stops a queue: it takes messages and confirms none, as a queue without a majority of its
/// nodes would; or lets it go on.
pub fn let_queue_stand(stack: &Stack, queue: &str, stands: bool) {
    let what = if stands { "suspend" } else { "resume" };
    let code = format!(
        "{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"/\">>, queue, <<\"{queue}\">>)), \
         sys:{what}(amqqueue:get_pid(Q))."
    );
    run(stack, &["eval", &code]);
}

/// Lets the queue of refused logins hold one letter and decline all others.
pub fn limit_dead_letters(stack: &Stack) {
    let one = r#"{"max-length": 1, "overflow": "reject-publish"}"#;
    let queue = "^twofactor[.]login[.]dead$";
    run(stack, &["set_policy", LIMIT, queue, one, "--priority", "9"]);
}

/// Removes that limit.
pub fn limit_dead_letters_no_more(stack: &Stack) {
    run(stack, &["clear_policy", LIMIT]);
}

fn run(stack: &Stack, arguments: &[&str]) {
    let ran = ctl(stack).args(arguments).output();
    let ran = ran.expect("it comes with RabbitMQ");
    assert!(ran.status.success(), "{ran:?}");
}

fn ctl(stack: &Stack) -> Command {
    let server = programs::rabbitmq_server().expect("RabbitMQ is installed");
    // The folder of the server has the program itself; the wrapper on the path requires an account.
    let program = server.with_file_name("rabbitmqctl");
    let home = stack.directory().path(rabbitmq::NAME);
    let account = Account::unprivileged_in(rabbitmq::NAME, &home).expect("its account");
    let mut command = account.command(&program, &home);
    command
        .current_dir(&home)
        .env("HOME", &home)
        .env("RABBITMQ_NODENAME", "twofactor@localhost")
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env(
            "ERL_EPMD_PORT",
            stack.settings().port(rabbitmq::EPMD).to_string(),
        );
    command
}
