//! The hurried alert rules: copies beside the originals, with short windows and short waits, so
//! that a test can see each of them fire.
//!
//! Expressions, thresholds, floors and annotations stay as they are.

/// The length of every window.
const WINDOW: &str = "20s";
/// The offset in place of a week and a day: the window before, when there was no fault.
const AGO: &str = "20s";
/// The time for which an alert must hold, where it must hold at all.
const HOLD: &str = "2s";
/// The prefix of a hurried alert's name, in place of `Twofactor`.
pub const PREFIX: &str = "Hurried";

/// Returns a file of rules with its one group a second time, hurried.
pub fn with_hurried(rules: &str) -> String {
    let (_, group) = rules.split_once("groups:\n").expect("a file of rules");
    let hurried = group
        .replace("- name: twofactor", "- name: hurried")
        .replace("twofactor:", "hurried:")
        .replace("alert: Twofactor", &format!("alert: {PREFIX}"));
    let hurried = [("[", WINDOW), ("offset ", AGO), ("for: ", HOLD)]
        .iter()
        .fold(hurried, |rules, (before, instead)| {
            replaced(&rules, before, instead)
        });
    format!("{rules}\n{hurried}")
}

/// Returns the expression with another duration after each `before`; a zero stays a zero.
fn replaced(expr: &str, before: &str, instead: &str) -> String {
    let mut parts = expr.split(before);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric());
        let (word, rest) = part.split_at(end.unwrap_or(part.len()));
        let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let is_duration = digits.len() < word.len() && digits.parse::<u32>().is_ok_and(|n| n > 0);
        done.push_str(before);
        done.push_str(if is_duration { instead } else { word });
        done.push_str(rest);
    }
    done
}

#[test]
fn durations_are_shortened_and_nothing_else() {
    let rules = "groups:\n- name: twofactor\n  - record: twofactor:a:increase30m\n    \
        expr: increase(a{offset=~\"[1-9].*\"}[30m]) + twofactor:b:c offset 1w > 4\n  - alert: \
        TwofactorA\n    for: 5m\n  - alert: TwofactorB\n    for: 0m\n";
    let hurried = "- name: hurried\n  - record: hurried:a:increase30m\n    \
        expr: increase(a{offset=~\"[1-9].*\"}[20s]) + hurried:b:c offset 20s > 4\n  - alert: \
        HurriedA\n    for: 2s\n  - alert: HurriedB\n    for: 0m\n";
    assert_eq!(with_hurried(rules), format!("{rules}\n{hurried}"));
}
