//! `OTEL_EXPORTER_OTLP_ENDPOINT`: where spans go, if anywhere.

use twofactor_contract::Secret;
use url::Url;

use crate::environment::Environment;
use crate::plaintext;
use crate::table::OTEL_EXPORTER_OTLP_ENDPOINT;

/// The path for spans below a collector's endpoint (OTLP 1.9, section OTLP/HTTP Request).
const PATH: &str = "v1/traces";

/// Reads the URL that spans are posted to, with its credentials where it has some; `None` where
/// nothing is traced. Notes a problem.
pub fn traces(env: &mut Environment) -> Option<Secret<String>> {
    let value = Secret::new(env.optional(OTEL_EXPORTER_OTLP_ENDPOINT.name)?);
    let url = Url::parse(value.expose()).ok().filter(|url| {
        let has_host = url.host().is_some() && matches!(url.scheme(), "http" | "https");
        has_host && url.query().is_none() && url.fragment().is_none()
    });
    let Some(mut url) = url else {
        env.refuse_value(&OTEL_EXPORTER_OTLP_ENDPOINT);
        return None;
    };
    plaintext::check_url(&OTEL_EXPORTER_OTLP_ENDPOINT, &url, env);
    let path = format!("{}/{PATH}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(Secret::new(url.into()))
}
