//! Every setting, declared once.
//!
//! The programs that read a setting, `--show-config` and the help of `twofactor-ctl`, and the table
//! in `dashboards/operating.md` use these declarations. Figures of the contract are the same as in
//! [`twofactor_rules::Limits`]; a test says so.

use crate::setting::{Form, Promise, Reader, Setting, Unset};

/// `AMQP_URL`
pub const AMQP_URL: Setting = Setting {
    name: "AMQP_URL",
    unset: Unset::Stops(&WORKERS_AND_CTL),
    form: Form::Checked(
        "must be such as amqps://user:password@host:5671/vhost; several hosts are separated by \
         commas: @one:5671,two:5671/vhost",
    ),
    promise: None,
    about: "the broker, `amqps://user:password@host:5671/vhost`. Several hosts with commas \
            between: the first that answers is taken. It may end in `?heartbeat=10`",
    is_secret: true,
    has_file: true,
    readers: &WORKERS_AND_CTL,
};

/// `DATABASE_URL`
pub const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    unset: Unset::Stops(&WORKERS_AND_CTL),
    form: Form::Checked("must look like postgres://user:password@host/database"),
    promise: None,
    about: "the database, `postgres://role:password@host/name?sslmode=require`. Several hosts with \
            commas between",
    is_secret: true,
    has_file: true,
    readers: &WORKERS_AND_CTL,
};

/// `KEYRING_FILE`
pub const KEYRING_FILE: Setting = Setting {
    name: "KEYRING_FILE",
    unset: Unset::Stops(&WORKERS_AND_CTL),
    form: Form::Checked("must name a file that holds a keyring and that only its owner may read"),
    promise: None,
    about: "the path of the keyring, `{\"current\": \"2026-11\", \"keys\": {\"2026-11\": \"<base64 \
            of 32 bytes>\"}}`; refused where others may read it",
    is_secret: false,
    has_file: false,
    readers: &WORKERS_AND_CTL,
};

/// `METRICS_ADDR`
pub const METRICS_ADDR: Setting = Setting {
    name: "METRICS_ADDR",
    unset: Unset::Means(
        "`127.0.0.1:9101` (login), `9102` (sms), `9103` (enrollment), `9104` (reset)",
    ),
    form: Form::Checked("must be an address and a port, such as 127.0.0.1:9101"),
    promise: None,
    about: "where `/metrics`, `/healthz` and `/readyz` are served; `twofactor-ready` asks there",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `ISSUER`
pub const ISSUER: Setting = Setting {
    name: "ISSUER",
    unset: Unset::Stops(&Reader::TEXTING),
    form: Form::Checked(
        "must be 1 to 64 characters without a colon, a control character, or a space at an end",
    ),
    promise: None,
    about: "what apps and texts show; in characters of GSM-7, so that a text fits one segment in both languages",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `SMS_PROVIDER`
pub const SMS_PROVIDER: Setting = Setting {
    name: "SMS_PROVIDER",
    unset: Unset::Stops(&Reader::TEXTING),
    form: Form::Checked("must be twilio, the one provider there is"),
    promise: None,
    about: "who sends texts: `twilio`",
    is_secret: false,
    has_file: false,
    readers: &Reader::TEXTING,
};

/// `TWILIO_BASE_URL`
pub const TWILIO_BASE_URL: Setting = Setting {
    name: "TWILIO_BASE_URL",
    unset: Unset::Default("https://api.twilio.com"),
    form: Form::Checked("must be a URL without a path, such as https://api.twilio.com"),
    promise: None,
    about: "Twilio, or the SMS sandbox",
    is_secret: false,
    has_file: false,
    readers: &Reader::TEXTING,
};

/// `TWILIO_ACCOUNT_SID`
pub const TWILIO_ACCOUNT_SID: Setting = Setting {
    name: "TWILIO_ACCOUNT_SID",
    unset: Unset::Stops(&Reader::TEXTING),
    form: Form::Checked("must be AC and 32 hexadecimal digits"),
    promise: None,
    about: "the account at Twilio; not set, the sandbox takes any",
    is_secret: false,
    has_file: false,
    readers: &TEXTING_AND_SANDBOX,
};

/// `TWILIO_AUTH_TOKEN`
pub const TWILIO_AUTH_TOKEN: Setting = Setting {
    name: "TWILIO_AUTH_TOKEN",
    unset: Unset::Stops(&Reader::TEXTING),
    form: Form::Checked("must be the account's token"),
    promise: None,
    about: "the account's token; not set, the sandbox takes any",
    is_secret: true,
    has_file: true,
    readers: &TEXTING_AND_SANDBOX,
};

/// `TWILIO_FROM`
pub const TWILIO_FROM: Setting = Setting {
    name: "TWILIO_FROM",
    unset: Unset::Stops(&Reader::TEXTING),
    form: Form::Checked(
        "must be a number such as +441632960000, a short code, a name of up to 11 letters, digits, \
         spaces and + - _ &, or the SID of a messaging service, MG and 32 hexadecimal digits",
    ),
    promise: None,
    about: "the sender: a number, a short code, a name such as `Uni-Login`, or a messaging \
            service, `MG…`",
    is_secret: false,
    has_file: false,
    readers: &Reader::TEXTING,
};

/// `SMS_COUNTRIES`
pub const SMS_COUNTRIES: Setting = Setting {
    name: "SMS_COUNTRIES",
    unset: Unset::Default("GB"),
    form: Form::Checked("must list ISO 3166 codes in capitals, such as GB,IE"),
    promise: None,
    about: "where texts may go: ISO 3166, such as `GB,IE`; Jersey, Guernsey and Man are countries \
            of their own: `GB,JE,GG,IM`",
    is_secret: false,
    has_file: false,
    readers: &WORKERS_AND_CTL,
};

/// `SMS_ORIGIN`
pub const SMS_ORIGIN: Setting = Setting {
    name: "SMS_ORIGIN",
    unset: Unset::Means("none"),
    form: Form::Checked("must be the host of the login page, such as crm.example.org"),
    promise: None,
    about: "the host of the login page, for texts that browsers fill in",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `SMS_THROTTLE`
pub const SMS_THROTTLE: Setting = Setting {
    name: "SMS_THROTTLE",
    promise: Some(Promise::AtLeast("5m")),
    ..figure(
        "5m",
        "the least time between two texts to one user, 24h at most",
    )
};

/// `SMS_CODE_TTL`
pub const SMS_CODE_TTL: Setting = Setting {
    name: "SMS_CODE_TTL",
    promise: Some(Promise::AtMost("10m")),
    ..figure("10m", "how long a texted code is good")
};

/// `REMEMBER_FOR`
pub const REMEMBER_FOR: Setting = Setting {
    name: "REMEMBER_FOR",
    promise: Some(Promise::AtMost("30d")),
    ..figure("30d", "how long a browser is remembered")
};

/// `EVENT_MAX_AGE`
pub const EVENT_MAX_AGE: Setting = Setting {
    name: "EVENT_MAX_AGE",
    promise: Some(Promise::AtMost("10m")),
    ..figure("2m", "how long an event may wait before it is stale")
};

/// `GUESS_WAIT`
pub const GUESS_WAIT: Setting = Setting {
    name: "GUESS_WAIT",
    promise: Some(Promise::AtLeast("30s")),
    ..figure(
        "30s",
        "the wait after the fifth wrong code, which doubles with each further one",
    )
};

/// `GUESS_WAIT_MAX`
pub const GUESS_WAIT_MAX: Setting = Setting {
    name: "GUESS_WAIT_MAX",
    promise: Some(Promise::AtLeast("15m")),
    ..figure(
        "15m",
        "the longest wait after a wrong code; not shorter than `GUESS_WAIT`",
    )
};

/// `GUESS_LIMIT`
pub const GUESS_LIMIT: Setting = Setting {
    name: "GUESS_LIMIT",
    unset: Unset::Default("100"),
    form: Form::Count(1, 1_000_000),
    promise: Some(Promise::AtMost("100")),
    about: "the wrong code in a row that locks",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `AUDIT_KEEP`
pub const AUDIT_KEEP: Setting = Setting {
    name: "AUDIT_KEEP",
    form: Form::Duration("1d", LONGEST),
    readers: &WORKERS_AND_CTL,
    ..figure(
        "400d",
        "how long the trail is kept; `twofactor-ctl audit drop` goes by it",
    )
};

/// `BATCH_MAX`
pub const BATCH_MAX: Setting = Setting {
    name: "BATCH_MAX",
    unset: Unset::Default("128"),
    form: Form::Count(1, 1024),
    promise: None,
    about: "events in one transaction, at most",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `DB_POOL`
pub const DB_POOL: Setting = Setting {
    name: "DB_POOL",
    unset: Unset::Default("4"),
    form: Form::Count(1, 100),
    promise: None,
    about: "connections to the database, at most",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `OTEL_EXPORTER_OTLP_ENDPOINT`
pub const OTEL_EXPORTER_OTLP_ENDPOINT: Setting = Setting {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    unset: Unset::Means("none"),
    form: Form::Checked("must be a URL without a query, such as https://collector.example:4318"),
    promise: None,
    about: "the collector that spans go to, by OTLP over HTTP: \
            `https://user:password@host:4318`; no other `OTEL_` variable counts",
    is_secret: true,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `LOG`
pub const LOG: Setting = Setting {
    name: "LOG",
    unset: Unset::Default("info"),
    form: Form::Checked("must be one of error, warn, info, debug and trace"),
    promise: None,
    about: "`error`, `warn`, `info`, `debug` or `trace`, as JSON lines on standard error; no level \
            shows a secret",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `ALLOW_PLAINTEXT`
pub const ALLOW_PLAINTEXT: Setting = Setting {
    name: "ALLOW_PLAINTEXT",
    unset: Unset::Means("off"),
    form: Form::Switch,
    promise: None,
    about: "`1` allows an unencrypted connection to a host that is not loopback",
    is_secret: false,
    has_file: false,
    readers: &[
        Reader::Login,
        Reader::Sms,
        Reader::Enrollment,
        Reader::Reset,
        Reader::Ctl,
        Reader::Sandbox,
    ],
};

/// `TWOFACTOR_TESTING`
pub const TWOFACTOR_TESTING: Setting = Setting {
    name: "TWOFACTOR_TESTING",
    unset: Unset::Means("off"),
    form: Form::Switch,
    promise: None,
    about: "`1` allows settings that break a promise, and failpoints where the build has them; for \
            tests alone",
    is_secret: false,
    has_file: false,
    readers: &Reader::WORKERS,
};

/// `SSL_CERT_FILE`
pub const SSL_CERT_FILE: Setting = Setting {
    name: "SSL_CERT_FILE",
    unset: Unset::Means("the machine's certificates"),
    form: Form::Checked("must be UTF-8"),
    promise: None,
    about: "the certificates that TLS trusts instead of the machine's, a file in PEM; the TLS \
            library reads it",
    is_secret: false,
    has_file: false,
    readers: &WORKERS_AND_CTL,
};

/// Every setting, in the order in which they are shown.
pub const ALL: [Setting; 27] = [
    DATABASE_URL,
    AMQP_URL,
    KEYRING_FILE,
    METRICS_ADDR,
    ISSUER,
    SMS_PROVIDER,
    TWILIO_BASE_URL,
    TWILIO_ACCOUNT_SID,
    TWILIO_AUTH_TOKEN,
    TWILIO_FROM,
    SMS_COUNTRIES,
    SMS_ORIGIN,
    SMS_THROTTLE,
    SMS_CODE_TTL,
    REMEMBER_FOR,
    EVENT_MAX_AGE,
    GUESS_WAIT,
    GUESS_WAIT_MAX,
    GUESS_LIMIT,
    AUDIT_KEEP,
    BATCH_MAX,
    DB_POOL,
    OTEL_EXPORTER_OTLP_ENDPOINT,
    LOG,
    ALLOW_PLAINTEXT,
    TWOFACTOR_TESTING,
    SSL_CERT_FILE,
];

/// A longer duration is a typing error.
const LONGEST: &str = "36500d";

const WORKERS_AND_CTL: [Reader; 5] = [
    Reader::Login,
    Reader::Sms,
    Reader::Enrollment,
    Reader::Reset,
    Reader::Ctl,
];
const TEXTING_AND_SANDBOX: [Reader; 3] = [Reader::Sms, Reader::Enrollment, Reader::Sandbox];

/// Returns a duration of the contract, which every worker reads.
const fn figure(default: &'static str, about: &'static str) -> Setting {
    Setting {
        name: "",
        unset: Unset::Default(default),
        form: Form::Duration("1s", LONGEST),
        promise: None,
        about,
        is_secret: false,
        has_file: false,
        readers: &Reader::WORKERS,
    }
}
