//! The suites of all languages, one after the other, on one stack.

use std::path::Path;

use twofactor_testkit::clients::{ClientStack, Language};
use twofactor_testkit::environment;

/// Returns the languages that `LANGUAGES` names; all where it is not set.
fn chosen() -> Vec<Language> {
    let Some(names) = environment::languages() else {
        return Language::ALL.to_vec();
    };
    let names = names.split_whitespace();
    names
        .map(|name| name.parse().expect("a language in LANGUAGES"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_suite_passes_against_real_workers() {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let languages = chosen();
    let stack = ClientStack::start(parent, &languages).await;
    let stack = stack.expect("everything starts");
    let mut failed = Vec::new();
    for language in languages {
        // A failure does not keep the other suites from running.
        if let Err(error) = language.try_out(&stack.variables()).await {
            failed.push(format!("{error:#}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_language_is_read_by_its_name() {
    for language in Language::ALL {
        let read: Language = language.name().parse().expect("its own name");
        assert_eq!(read, language);
    }
    let error = "cobol".parse::<Language>().expect_err("no such client");
    assert!(error.to_string().contains("python, php, node, rust"));
}
