//! The mistake of one publisher, one queue or one observer harms no other: while it goes on,
//! the logins of another institution are answered within a second.
//!
//! Each test prints how fast they were, or how many others were answered before.

mod backlog;
mod broker;
mod deliveries;
mod locks;
mod observers;
mod replies;

use std::time::{Duration, Instant};

use twofactor_contract::Service;
use twofactor_testkit::{Crm, Institution, Person, World};

/// The time that a login of others may take meanwhile.
const AT_ONCE: Duration = Duration::from_secs(1);
/// The time within which something must be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(15);
/// Logins of others in one measurement.
const OTHERS: usize = 20;

/// Another institution, with a CRM of its own.
struct Others {
    crm: Crm,
    person: Person,
}

impl Others {
    async fn of(world: &World) -> Self {
        let crm = world.patient_crm(SEEN_WITHIN).await.expect("a CRM");
        let institution = Institution::lenient(&crm).await.expect("a policy");
        let person = institution.person();
        Self { crm, person }
    }

    /// Logs them in one after the other; each must be answered at once.
    async fn are_answered(&self, meanwhile: &str) {
        let mut slowest = Duration::ZERO;
        for _ in 0..OTHERS {
            let asked = Instant::now();
            let answer = self.crm.ask(&self.person.colleague().login()).await;
            let answer = answer.unwrap_or_else(|error| panic!("{meanwhile}: {error}"));
            assert_eq!(answer["via"], "not_required", "{meanwhile}");
            slowest = slowest.max(asked.elapsed());
        }
        println!("{meanwhile}: {OTHERS} of {OTHERS} others answered, the slowest in {slowest:?}");
        assert!(
            slowest < AT_ONCE,
            "{meanwhile}: the slowest took {slowest:?}"
        );
    }
}

/// Waits until the login worker has acknowledged all that it took.
async fn is_idle(world: &mut World) {
    let deadline = Instant::now() + SEEN_WITHIN;
    let worker = world.worker(Service::Login);
    loop {
        let oldest = worker.metric("twofactor_oldest_event_seconds", &[]).await;
        if oldest.expect("metrics") < f64::EPSILON {
            return;
        }
        assert!(Instant::now() < deadline, "an event is not acknowledged");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until a counter of the login worker has reached a value.
async fn counts(world: &mut World, metric: &str, least: f64) {
    let deadline = Instant::now() + SEEN_WITHIN;
    let worker = world.worker(Service::Login);
    loop {
        let count = worker.metric(metric, &[("service", "login")]).await;
        let count = count.expect("metrics");
        if count >= least {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{metric} is {count}, not {least}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns the most memory that a process ever had, in MiB.
fn peak_mebibytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|text| text.split_whitespace().next());
    let kibibytes: u64 = peak.and_then(|text| text.parse().ok()).expect("a peak");
    kibibytes / 1024
}
