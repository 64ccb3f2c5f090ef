//! `up`, `down`, `start`, `stop`: the stack that stays.

use std::time::Instant;

use anyhow::{Result, bail};
use twofactor_stack::{checkout, part::Part, passed_on, stack::Stack};

use crate::{build, table};

/// Starts all parts, with so many copies of each worker, and leaves them running.
pub fn up(copies: u16) -> Result<()> {
    let started = Instant::now();
    println!("Building the binaries (the first time takes some minutes) …");
    build::product(&[])?;
    let mut stack = open()?;
    let parts = Part::with_demo_crm(copies);
    println!(
        "Starting RabbitMQ, Postgres, Prometheus, the SMS sandbox, the workers and the demo CRM …"
    );
    stack.prepare(&parts, copies, passed_on::from_environment())?;
    stack.start_all(&parts)?;
    stack.keep();
    println!("Ready after {:.1} s.\n", started.elapsed().as_secs_f64());
    println!("A CRM to click through:\n");
    println!("    {}\n", stack.address(Part::DemoCrm));
    table::print(&stack, &parts);
    println!("\nEverything that a shell needs, also for target/release/twofactor-ctl:\n");
    println!("    . '{}'\n", stack.directory().path("env").display());
    println!("`cargo xtask down` stops it; `cargo xtask down --wipe` deletes its data as well.");
    Ok(())
}

/// Stops all parts; deletes all data if asked to.
pub fn down(wipe: bool) -> Result<()> {
    if !checkout::stack()?.exists() {
        println!("There is no stack: nothing to stop.");
        return Ok(());
    }
    let stack = open()?;
    if wipe {
        stack.wipe()?;
        println!("Stopped; the data is deleted.");
    } else {
        stack.stop_everything()?;
        println!("Stopped; the data is kept for the next `cargo xtask up`.");
    }
    Ok(())
}

/// Starts one part.
pub fn start(part: Part) -> Result<()> {
    let stack = known(part)?;
    stack.start(part)?;
    table::print(&stack, &[part]);
    Ok(())
}

/// Stops one part.
pub fn stop(part: Part) -> Result<()> {
    if known(part)?.stop(part)? {
        println!("{part} is stopped.");
    } else {
        println!("{part} was not running.");
    }
    Ok(())
}

fn open() -> Result<Stack> {
    let stack = Stack::open(&checkout::stack()?, &checkout::binaries()?)?;
    Ok(stack.with_alerts(&checkout::alerts()?))
}

/// Returns the stack, where `up` has made it with that part.
fn known(part: Part) -> Result<Stack> {
    let stack = open()?;
    if !Part::with_demo_crm(stack.settings().copies).contains(&part) || !stack.is_prepared() {
        bail!("the stack has no {part} yet: run `cargo xtask up` first, perhaps with --workers");
    }
    Ok(stack)
}
