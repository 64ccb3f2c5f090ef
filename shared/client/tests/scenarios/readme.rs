//! The first login of the README, run as it stands there.

mod first_login {
    include!("first_login.rs");

    pub fn run() -> Result<(), Box<dyn Error>> {
        main()
    }
}

#[test]
#[ignore = "needs a stack: cargo xtask clients rust"]
fn the_first_login_of_the_readme_lets_in() {
    first_login::run().expect("let in");
}

#[test]
fn the_readme_has_the_first_login_that_is_run() {
    let readme = include_str!("../../README.md");
    let block = readme.split("```rust,no_run\n").nth(1).expect("a block");
    let block = block.split("```\n").next().expect("its end");
    assert_eq!(block, include_str!("first_login.rs"));
}
