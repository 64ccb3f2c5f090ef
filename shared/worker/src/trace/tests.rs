//! The stages that are kept of an event, and those that a stopwatch hands out.

use std::time::Duration;

use super::*;

fn trace() -> Trace {
    Trace {
        parent: None,
        event_id: None,
        source: None,
        event_type: "other",
        redelivered: false,
        tag: 1,
        taken: Instant::now(),
        stages: vec![],
    }
}

fn stage(work: Work, begin: Instant, seconds: u64, error: Option<&str>) -> Stage {
    let from = begin + Duration::from_secs(seconds);
    Stage {
        work,
        from,
        to: from + Duration::from_secs(1),
        events: 1,
        error: error.map(str::to_owned),
    }
}

#[test]
fn a_database_that_stays_away_is_one_long_stage() {
    let mut trace = trace();
    let begin = Instant::now();
    for second in 0..1000 {
        trace.keep(stage(Work::Load, begin, second, Some("database_away")));
    }
    trace.keep(stage(Work::Load, begin, 1000, None));
    let [away, loaded] = &trace.stages[..] else {
        panic!("two stages: {:?}", trace.stages)
    };
    assert_eq!(away.to - away.from, Duration::from_secs(1000));
    assert_eq!(loaded.error, None);
}

#[test]
fn of_an_event_that_is_looked_at_again_and_again_the_newest_stages_are_kept() {
    let mut trace = trace();
    let begin = Instant::now();
    for second in 0..1000 {
        trace.keep(stage(Work::Load, begin, second, None));
    }
    assert_eq!(trace.stages.len(), STAGES);
    let newest = trace.stages.last().expect("a stage");
    assert_eq!(newest.from - begin, Duration::from_secs(999));
}

#[test]
fn each_event_has_its_own_decision_and_all_of_the_rest() {
    let mut first = trace();
    let mut last = trace();
    let mut watch = Stopwatch::start(true, Work::Load, 3);
    watch.turn_to(Work::Decide);
    for error in [None, None, Some("undecidable")] {
        watch.decided(error);
    }
    watch.turn_to(Work::Commit);
    let traces = [Some(&mut first), None, Some(&mut last)];
    watch.stop(traces.into_iter(), None).expect("a moment");
    let works = |trace: &Trace| -> Vec<(Work, usize)> {
        let stages = trace.stages.iter();
        stages
            .map(|stage| (stage.work.clone(), stage.events))
            .collect()
    };
    let expected = [(Work::Load, 3), (Work::Decide, 1), (Work::Commit, 3)];
    assert_eq!(works(&first), expected);
    assert_eq!(works(&last), expected);
    assert_eq!(first.stages[0], last.stages[0]);
    assert_eq!(first.stages[1].from, first.stages[0].to);
    assert_eq!(first.stages[1].error, None);
    assert_eq!(last.stages[1].error.as_deref(), Some("undecidable"));
    assert!(first.stages[1].to <= last.stages[1].from);
    assert!(last.stages[1].to <= last.stages[2].from);
}

#[test]
fn what_went_wrong_belongs_to_the_stage_that_it_happened_in() {
    let mut trace = trace();
    let mut watch = Stopwatch::start(true, Work::Load, 1);
    watch.turn_to(Work::Decide);
    watch.decided(None);
    watch.turn_to(Work::Commit);
    let error = Some("40001".to_owned());
    watch.stop(std::iter::once(Some(&mut trace)), error);
    let errors: Vec<_> = trace
        .stages
        .iter()
        .map(|one| one.error.as_deref())
        .collect();
    assert_eq!(errors, [None, None, Some("40001")]);
}

#[test]
fn a_stopwatch_that_is_not_wanted_keeps_nothing() {
    let mut trace = trace();
    let mut watch = Stopwatch::start(false, Work::Load, 1);
    watch.turn_to(Work::Decide);
    watch.decided(None);
    let ended = watch.stop(std::iter::once(Some(&mut trace)), None);
    assert!(ended.is_none() && trace.stages.is_empty());
}
