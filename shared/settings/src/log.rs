//! `LOG`: how much is logged.

use tracing::level_filters::LevelFilter;

use crate::environment::Environment;
use crate::table::LOG;

/// Reads the level of our own lines. Notes a problem.
pub fn log(env: &mut Environment) -> LevelFilter {
    let Some(level) = env.optional(LOG.name) else {
        return LevelFilter::INFO;
    };
    match level.to_ascii_lowercase().as_str() {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => {
            env.refuse_value(&LOG);
            LevelFilter::INFO
        }
    }
}
