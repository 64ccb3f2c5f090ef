//! RabbitMQ and Postgres in a directory, until the program is asked to end.

use std::{path::PathBuf, thread, time::Duration};

use anyhow::{Context, Result};
use twofactor_stack::{
    apt, definitions,
    directory::{Directory, write_private},
    interrupt, postgres,
    programs::Needed,
    rabbitmq,
    settings::Settings,
};

fn main() -> Result<()> {
    let root = PathBuf::from(std::env::args().nth(1).context("name a directory")?);
    interrupt::watch()?;
    let directory = Directory::open(&root)?;
    apt::ensure(
        &directory,
        &[Needed::RabbitMq, Needed::Postgres, Needed::Prometheus],
    )?;
    let mut settings = Settings::load(&directory)?;
    let users: Vec<&str> = definitions::users()
        .chain([definitions::COOKIE, postgres::SUPERUSER])
        .collect();
    let listeners: Vec<String> = rabbitmq::LISTENERS
        .into_iter()
        .chain([postgres::NAME])
        .map(str::to_owned)
        .collect();
    settings.provide(&users, &listeners)?;
    settings.save(&directory)?;
    let outcome = run(&directory, &settings);
    rabbitmq::kill(&directory)?;
    postgres::stop(&directory)?;
    outcome
}

fn run(directory: &Directory, settings: &Settings) -> Result<()> {
    let started = std::time::Instant::now();
    thread::scope(|scope| {
        let broker = scope.spawn(|| rabbitmq::start(directory, settings));
        let database = scope.spawn(|| postgres::start(directory, settings));
        broker.join().expect("no panic")?;
        database.join().expect("no panic")
    })?;
    let lines = [
        (
            "TEST_AMQP_URL",
            rabbitmq::url(settings, definitions::ADMINISTRATOR),
        ),
        ("TEST_RABBITMQ_API_URL", rabbitmq::api_url(settings)),
        (
            "TEST_DATABASE_URL",
            postgres::url(settings, postgres::SUPERUSER),
        ),
    ]
    .map(|(name, value)| format!("export {name}='{value}'\n"));
    write_private(&directory.path("env"), lines.concat().as_bytes())?;
    println!(
        "ready after {:.1} s: {}",
        started.elapsed().as_secs_f64(),
        directory.path("env").display()
    );
    while !interrupt::is_raised() {
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}
