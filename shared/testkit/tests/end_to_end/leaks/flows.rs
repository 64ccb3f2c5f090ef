//! Every flow of the product, once, with a list of its secrets.

use data_encoding::{BASE32_NOPAD, BASE64};
use jiff::Timestamp;
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::event::CONTENT_TYPE;
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{
    Authenticator, Fault, Institution, Letter, Outcome, Person, ReplyPath, THROTTLE, World,
};
use uuid::Uuid;

/// The subject of the events, and the secrets that must be found nowhere afterwards.
pub struct Flows {
    person: Person,
    app: Option<Authenticator>,
    /// Secrets that people and programs see as strings.
    pub strings: Vec<(String, String)>,
    /// Secrets that are bytes.
    pub bytes: Vec<(String, Vec<u8>)>,
    /// Mobile numbers by their national digits, which every spelling of them contains.
    pub numbers: Vec<(String, String)>,
}

impl Flows {
    /// Returns a person; the secrets of the world itself are known.
    pub async fn of(world: &World) -> Self {
        let institution = Institution::strict(&world.crm).await.expect("a policy");
        let mut flows = Self {
            person: institution.person(),
            app: None,
            strings: Vec::new(),
            bytes: Vec::new(),
            numbers: Vec::new(),
        };
        for service in Service::ALL {
            for (name, value) in world.settings(service) {
                match name.as_str() {
                    "AMQP_URL" => flows.keep(&name, password(&value)),
                    "TWILIO_AUTH_TOKEN" => flows.keep(&name, &value),
                    "KEYRING_FILE" => flows.keyring(&value),
                    _ => {}
                }
            }
        }
        flows
    }

    /// Returns the user id, which is no secret.
    pub fn user(&self) -> &str {
        &self.person.user
    }

    /// Runs them all.
    pub async fn run(&mut self, world: &mut World) {
        let backup_codes = self.set_up_app(world).await;
        self.set_up_number(world).await;
        self.logins(world, &backup_codes[0]).await;
        self.texts_that_fail(world).await;
        self.own_profile(world).await;
        self.bad_input(world).await;
        self.failing_database(world).await;
        self.administration(world).await;
    }

    fn keep(&mut self, name: &str, value: &str) {
        self.strings.push((name.to_owned(), value.to_owned()));
    }

    fn keyring(&mut self, path: &str) {
        let keyring = std::fs::read(path).expect("the keyring");
        let keyring: serde_json::Value = serde_json::from_slice(&keyring).expect("JSON");
        let keys = keyring["keys"].as_object().expect("keys");
        for key in keys.values() {
            let key = key.as_str().unwrap_or_default();
            self.keep("the keyring's key", key);
            let bytes = BASE64.decode(key.as_bytes()).expect("base64");
            self.bytes.push(("the keyring's key".to_owned(), bytes));
        }
    }

    fn backup_codes(&mut self, outcome: &Outcome) {
        for code in outcome.list("backup_codes") {
            self.keep("a backup code", code);
            self.keep("a backup code", &code.replace('-', ""));
            self.keep("a backup code", &code.replace('-', "").to_lowercase());
        }
    }

    /// Sets the app up; returns its backup codes.
    async fn set_up_app(&mut self, world: &World) -> Vec<String> {
        let started = world.crm.ask(&self.person.start_totp()).await;
        let pending = started.expect("an outcome");
        let secret = pending.str("secret").to_owned();
        self.keep("the TOTP secret", &secret);
        self.keep("the TOTP secret", &secret.to_lowercase());
        let raw = BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        self.bytes.push(("the TOTP secret".to_owned(), raw));
        self.keep("the URI", pending.str("otpauth_uri"));
        self.keep("the picture", pending.str("qr_png"));
        // The set-up starts again; this secret is replaced by another.
        let (app, done) = self.person.set_up_totp(&world.crm).await.expect("an app");
        assert_eq!(done.list("backup_codes").len(), 10);
        self.backup_codes(&done);
        self.app = Some(app);
        done.backup_codes()
    }

    async fn set_up_number(&mut self, world: &World) {
        let accepted = self.accepted(world, 0).await;
        let national = accepted.number[3..].to_owned();
        self.numbers.push(("the number".to_owned(), national));
        let set_up = accepted.set_up_sms(&world.crm, &world.sms).await;
        set_up.expect("a number");
        self.newest_text(world).await;
    }

    /// Returns the code and the words of the newest text.
    async fn newest_text(&mut self, world: &World) -> String {
        let text = world.sms.newest_to(&self.person.number).await;
        let text = text.expect("a text");
        self.keep("the code of a text", text.code());
        self.keep("a text", &text.body);
        text.code().to_owned()
    }

    /// Returns the person in a session that the app's code of so many steps from now has opened.
    async fn accepted(&mut self, world: &World, steps: i64) -> Person {
        let person = self.person.anew();
        let app = self.app.as_ref().expect("an app");
        let login = person.login_by_app(app, steps);
        let code = login.data()["code"]["value"].as_str().unwrap_or_default();
        self.keep("a TOTP code", code);
        let login = login.with_data("remember_me", json!(true));
        let accepted = world.crm.ask_for(&login, "login.accepted.v1").await;
        let accepted = accepted.expect("accepted");
        let token = accepted.str("remember_token").to_owned();
        self.keep("a remember token", &token);
        let remembered = person.anew().login();
        let remembered = remembered.with_data("remember_token", json!(token));
        let remembered = world.crm.ask(&remembered).await.expect("an outcome");
        assert_eq!(remembered["via"], "remembered");
        let again = world.crm.ask(&login.again()).await.expect("an outcome");
        assert_eq!(again.event, accepted.event, "with its secrets");
        person
    }

    async fn logins(&mut self, world: &World, backup: &str) {
        world.database.let_pass(THROTTLE).await;
        let person = self.person.anew();
        let request = person.request_text();
        let sent = world.crm.ask_for(&request, "sms.sent.v1").await;
        sent.expect("sent");
        let code = self.newest_text(world).await;
        self.try_code(world, &person, "sms", &code.to_uppercase())
            .await;
        let accepted = self.try_code(world, &person, "sms", &code).await;
        assert_eq!(accepted["via"], "sms");
        let request = person.request_text();
        let throttled = world.crm.ask_for(&request, "sms.throttled.v1").await;
        throttled.expect("throttled");
        let accepted = self.try_code(world, &person, "backup", backup).await;
        assert_eq!(accepted["via"], "backup");
        let used = self.try_code(world, &person, "backup", backup).await;
        assert_eq!(used["reason"], "code_used");
        let now = Timestamp::now();
        let app = self.app.as_ref().expect("an app");
        // A code near in time shows by how much the clock is off.
        let near = app.code_steps_from(now, 6);
        for code in [app.wrong_code_at(now), near, "12345x".to_owned()] {
            self.try_code(world, &person, "totp", &code).await;
        }
        self.try_code(world, &person, "sms", "abcdef").await;
        self.try_code(world, &person, "backup", "0123-4567-89AB-CDEF")
            .await;
    }

    async fn try_code(
        &mut self,
        world: &World,
        person: &Person,
        method: &str,
        code: &str,
    ) -> Outcome {
        self.keep("an entered code", code);
        let login = person.login_by(method, code);
        world.crm.ask(&login).await.expect("an outcome")
    }

    async fn texts_that_fail(&mut self, world: &World) {
        for fault in [Fault::Unavailable, Fault::Refuse, Fault::Lost] {
            world.database.let_pass(THROTTLE).await;
            world.sms.set_fault(fault).await.expect("a fault");
            let event = self.person.anew().request_text();
            let outcome = world.crm.ask(&event).await.expect("an outcome");
            assert!(outcome.kind().starts_with("sms."), "{fault:?}");
            self.newest_text(world).await;
        }
        world.sms.set_fault(Fault::None).await.expect("no fault");
        let mut someone = self.person.colleague();
        for (number, digits) in [
            ("+447400000000", "7400000000"),
            ("+44 20 7946 0958", "2079460958"),
            ("07400 555 123", "7400555123"),
        ] {
            self.numbers.push((number.to_owned(), digits.to_owned()));
            number.clone_into(&mut someone.number);
            let event = someone.start_sms();
            let outcome = world.crm.ask(&event).await.expect("an outcome");
            assert_eq!(outcome.kind(), "enrollment.rejected.v1", "{number}");
        }
    }

    async fn own_profile(&mut self, world: &World) {
        let person = self.accepted(world, 1).await;
        let crm = &world.crm;
        let profile = crm.ask(&person.own_profile()).await.expect("an outcome");
        assert_eq!(profile["mobile_number"], person.number);
        let other = crm.ask(&person.profile_for(ADMIN)).await;
        assert_eq!(other.expect("an outcome")["viewer"], "other");
        let codes = crm.ask(&person.request_backup_codes()).await;
        let codes = codes.expect("an outcome");
        assert_eq!(codes.list("backup_codes").len(), 10);
        self.backup_codes(&codes);
        let institution = person.institution();
        let list = institution.list_profiles(ADMIN, &json!([person.user]));
        let list = crm.ask_for(&list, "profile.list.v1").await;
        list.expect("a list");
    }

    /// Sends secrets where they do not belong, and messages that cannot be read.
    async fn bad_input(&mut self, world: &World) {
        let canary = "c0rrect-h0rse-battery";
        self.keep("a password", canary);
        let person = self.person.in_session("s");
        let events = [
            person.login().with_data("password", json!(canary)),
            person.login().with("passwd", json!(canary)),
            person.login().with_data("ip", json!(canary)),
            person.login().with_data(canary, json!(1)),
            person
                .login()
                .with("type", json!(format!("login.{canary}.v1"))),
            person.login_by(canary, canary),
            person.event(
                "reset.requested.v1",
                &json!({"admin_id": "a", "why": canary}),
            ),
            person
                .request_text()
                .with_data("x", json!(1))
                .with_data("session_id", json!([canary])),
            person
                .start_sms()
                .with_data("mobile_number", json!({ "number": canary })),
        ];
        for event in events {
            let outcome = world.crm.ask(&event).await.expect("an outcome");
            assert_eq!(outcome.kind(), "event.rejected.v1");
        }
        let letter = person.login().letter();
        let broken =
            String::from_utf8_lossy(letter.body()).replace("\"ip\"", &format!("\"{canary}"));
        let broken = Letter::new("login.attempted.v1", broken)
            .content_type(CONTENT_TYPE)
            .correlated(&Uuid::new_v4().to_string());
        let outcome = world.crm.ask_by(&broken, &ReplyPath::Direct).await;
        assert_eq!(outcome.expect("an outcome")["reason"], "malformed");
        // A reply with secrets that is returned, since its queue does not exist.
        let nobody = person.colleague().start_totp();
        let broadcast = world.ask_in_vain(&nobody).await;
        assert!(!broadcast.expect("a broadcast").has("secret"));
        let again = world.crm.ask(&nobody.again()).await.expect("an outcome");
        self.keep("a secret whose reply came back", again.str("secret"));
    }

    /// Makes the database end every connection during a login, so that errors are logged.
    async fn failing_database(&mut self, world: &World) {
        let client = world.database.connect_superuser().await;
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity
            where usename like 'twofactor%' and datname = current_database()";
        for _ in 0..3 {
            let login = self.person.anew().login_by("totp", "271828");
            let ended = client.execute(sql, &[]);
            let (outcome, ended) = tokio::join!(world.crm.ask(&login), ended);
            outcome.expect("an outcome");
            ended.expect("they are ended");
        }
        self.keep("an entered code", "271828");
    }

    async fn administration(&mut self, world: &World) {
        let number = "07700 900 123";
        self.numbers
            .push(("a number in a reason".to_owned(), "07700900123".to_owned()));
        let reason = format!("lost, call {number}");
        let person = self.accepted_by_backup(world).await;
        let until = Timestamp::now() + jiff::SignedDuration::from_hours(24);
        for (event, kind) in [
            (
                person.colleague().exempt(&reason, until),
                "enrollment.exemption.v1",
            ),
            (person.give_up("sms"), "enrollment.removed.v1"),
            (person.forget_browsers(), "enrollment.browsers_forgotten.v1"),
            (person.reset(&reason), "reset.completed.v1"),
            (person.erase(&reason), "reset.erased.v1"),
        ] {
            let outcome = world.crm.ask_for(&event, kind).await;
            outcome.expect("it is done");
        }
        let institution = person.institution();
        let set = institution.set_policy(&world.crm, false, 7).await;
        set.expect("a policy");
    }

    /// Returns the person in a session that a backup code of the new set opened.
    async fn accepted_by_backup(&mut self, world: &World) -> Person {
        let newest = self
            .strings
            .iter()
            .rev()
            .find(|(name, code)| name == "a backup code" && code.contains('-'));
        let code = newest.expect("a backup code").1.clone();
        let person = self.person.anew();
        let accepted = self.try_code(world, &person, "backup", &code).await;
        assert_eq!(accepted["via"], "backup", "{}", accepted.as_string());
        person
    }
}

fn password(url: &str) -> &str {
    let (before, _) = url.rsplit_once('@').expect("a URL with credentials");
    before.rsplit_once(':').expect("a password").1
}
