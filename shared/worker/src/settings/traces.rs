//! `OTEL_EXPORTER_OTLP_ENDPOINT`: where spans go, if anywhere.

use reqwest::Url;
use twofactor_contract::Secret;

use super::environment::Environment;
use super::plaintext;

const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Where a collector takes spans, below its endpoint (OTLP 1.9, section OTLP/HTTP Request).
const PATH: &str = "v1/traces";

/// The URL that spans are posted to, with its credentials where it has some; none where nothing
/// is traced. Notes what is wrong.
pub(super) fn read(env: &mut Environment) -> Option<Secret<String>> {
    let text = Secret::new(env.optional(NAME)?);
    let url = Url::parse(text.expose()).ok().filter(|url| {
        let has_host = url.host().is_some() && matches!(url.scheme(), "http" | "https");
        has_host && url.query().is_none() && url.fragment().is_none()
    });
    let Some(mut url) = url else {
        env.refuse(
            NAME,
            "must be a URL without a query, such as https://collector.example:4318",
        );
        return None;
    };
    plaintext::check_url(NAME, &url, env);
    let path = format!("{}/{PATH}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(Secret::new(url.into()))
}
