//! Every flow of the product, once, with the secrets that came up in it written down.

use std::time::Duration;

use data_encoding::{BASE32_NOPAD, BASE64};
use jiff::Timestamp;
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::user::{expect, institution, set_policy};
use twofactor_testkit::{CrmEvent, Fault, Outcome, ReplyPath, User, World};

/// What the events are about, and what must be found nowhere afterwards.
pub struct Flows {
    person: User,
    /// Secrets that people and programs see as text.
    pub texts: Vec<(String, String)>,
    /// Secrets that are bytes.
    pub bytes: Vec<(String, Vec<u8>)>,
    /// Mobile numbers by their national digits, which every spelling of them contains.
    pub numbers: Vec<(String, String)>,
}

impl Flows {
    /// A user of an institution; the secrets of the world itself are known.
    pub async fn of(world: &World) -> Self {
        let tenant = institution(&world.crm, true).await.expect("a policy");
        let mut flows = Self {
            person: User::of(&tenant),
            texts: Vec::new(),
            bytes: Vec::new(),
            numbers: Vec::new(),
        };
        for service in Service::ALL {
            for (name, value) in world.settings(service) {
                match name.as_str() {
                    "AMQP_URL" => flows.text(&name, password(&value)),
                    "TWILIO_AUTH_TOKEN" => flows.text(&name, &value),
                    "KEYRING_FILE" => flows.keyring(&value),
                    _ => {}
                }
            }
        }
        flows
    }

    /// The user id, which is no secret.
    pub fn user(&self) -> &str {
        &self.person.user
    }

    /// Runs them all.
    pub async fn run(&mut self, world: &mut World) {
        self.app(world).await;
        self.number(world).await;
        self.logins(world).await;
        self.texts_that_fail(world).await;
        self.own_profile(world).await;
        self.bad_input(world).await;
        self.failing_database(world).await;
        self.administration(world).await;
    }

    fn text(&mut self, name: &str, value: &str) {
        self.texts.push((name.to_owned(), value.to_owned()));
    }

    fn keyring(&mut self, path: &str) {
        let keyring = std::fs::read(path).expect("the keyring");
        let keyring: serde_json::Value = serde_json::from_slice(&keyring).expect("JSON");
        let keys = keyring["keys"].as_object().expect("keys");
        for key in keys.values() {
            let key = key.as_str().unwrap_or_default();
            self.text("the keyring's key", key);
            let bytes = BASE64.decode(key.as_bytes()).expect("base64");
            self.bytes.push(("the keyring's key".to_owned(), bytes));
        }
    }

    fn backup_codes(&mut self, outcome: &Outcome) {
        for code in outcome.list("backup_codes") {
            self.text("a backup code", code);
            self.text("a backup code", &code.replace('-', ""));
            self.text("a backup code", &code.replace('-', "").to_lowercase());
        }
    }

    async fn app(&mut self, world: &World) {
        let data = json!({"session_id": "set-up", "account": "anna@example.org"});
        let started = self.person.event("enrollment.totp.started.v1", data);
        let pending = world.crm.ask(&started).await.expect("an outcome");
        let secret = pending.str("secret").to_owned();
        self.text("the TOTP secret", &secret);
        self.text("the TOTP secret", &secret.to_lowercase());
        let raw = BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        self.bytes.push(("the TOTP secret".to_owned(), raw));
        self.text("the URI", pending.str("otpauth_uri"));
        self.text("the picture", pending.str("qr_png"));
        // The set-up of `User` starts again; this secret is replaced by another.
        let mut person = self.person.clone();
        let done = person
            .set_up_app(&world.crm, "set-up")
            .await
            .expect("an app");
        assert_eq!(done.list("backup_codes").len(), 10);
        self.backup_codes(&done);
        self.person = person;
    }

    async fn number(&mut self, world: &World) {
        let session = self.accepted_session(world, 0).await;
        let number = User::some_number();
        self.numbers
            .push(("the number".to_owned(), number[3..].to_owned()));
        let mut person = self.person.clone();
        let set_up = person.set_up_number(&world.crm, &world.sms, &session, &number);
        set_up.await.expect("a number");
        self.person = person;
        self.newest_text(world).await;
    }

    /// The code and the words of the newest text.
    async fn newest_text(&mut self, world: &World) -> String {
        let number = self.person.number.clone().expect("a number");
        let text = world.sms.newest_to(&number).await.expect("a text");
        self.text("the code of a text", text.code());
        self.text("a text", &text.body);
        text.code().to_owned()
    }

    /// Logs in with the code that the app shows so many steps from now.
    async fn accepted_session(&mut self, world: &World, steps: i64) -> String {
        let session = User::session();
        let login = self.person.login_by_app(&session, steps);
        let code = login.data()["code"]["value"].as_str().unwrap_or_default();
        self.text("a TOTP code", code);
        let login = login.with_data("remember_me", json!(true));
        let accepted = world.crm.ask(&login).await.expect("an outcome");
        let accepted = expect(accepted, "login.accepted.v1").expect("accepted");
        let token = accepted.str("remember_token").to_owned();
        self.text("a remember token", &token);
        let remembered = self.person.login(&User::session());
        let remembered = remembered.with_data("remember_token", json!(token));
        let remembered = world.crm.ask(&remembered).await.expect("an outcome");
        assert_eq!(remembered["via"], "remembered");
        let again = world.crm.ask(&login.again()).await.expect("an outcome");
        assert_eq!(again.event, accepted.event, "with its secrets");
        session
    }

    async fn logins(&mut self, world: &World) {
        world.database.let_pass(Duration::from_secs(301)).await;
        let session = User::session();
        let data = json!({"session_id": session});
        let sent = world
            .crm
            .ask(&self.person.event("sms.requested.v1", data.clone()))
            .await;
        expect(sent.expect("an outcome"), "sms.sent.v1").expect("sent");
        let code = self.newest_text(world).await;
        self.try_code(world, &session, "sms", &code.to_uppercase())
            .await;
        let accepted = self.try_code(world, &session, "sms", &code).await;
        assert_eq!(accepted["via"], "sms");
        let throttled = world
            .crm
            .ask(&self.person.event("sms.requested.v1", data))
            .await;
        assert_eq!(throttled.expect("an outcome").kind(), "sms.throttled.v1");
        let backup = self.person.backup_codes[0].clone();
        let accepted = self.try_code(world, &session, "backup", &backup).await;
        assert_eq!(accepted["via"], "backup");
        let used = self.try_code(world, &session, "backup", &backup).await;
        assert_eq!(used["reason"], "code_used");
        let now = Timestamp::now();
        let app = self.person.app.clone().expect("an app");
        let wrong = app.wrong_code_at(now);
        // A code near in time tells by how much the clock is off.
        for code in [wrong, app.code_steps_from(now, 6), "12345".to_owned() + "x"] {
            self.try_code(world, &session, "totp", &code).await;
        }
        self.try_code(world, &session, "sms", "abcdef").await;
        self.try_code(world, &session, "backup", "0123-4567-89AB-CDEF")
            .await;
    }

    async fn try_code(
        &mut self,
        world: &World,
        session: &str,
        method: &str,
        code: &str,
    ) -> Outcome {
        self.text("an entered code", code);
        let login = self.person.login_with(session, method, code);
        world.crm.ask(&login).await.expect("an outcome")
    }

    async fn texts_that_fail(&mut self, world: &World) {
        for fault in [Fault::Unavailable, Fault::Refuse, Fault::Lost] {
            world.database.let_pass(Duration::from_secs(301)).await;
            world.sms.set_fault(fault).await.expect("a fault");
            let data = json!({"session_id": "s"});
            let event = self.person.event("sms.requested.v1", data);
            let outcome = world.crm.ask(&event).await.expect("an outcome");
            assert!(outcome.kind().starts_with("sms."), "{fault:?}");
            self.newest_text(world).await;
        }
        world.sms.set_fault(Fault::None).await.expect("no fault");
        let someone = User::of(&self.person.tenant);
        for (number, digits) in [
            ("+447400000000", "7400000000"),
            ("+44 20 7946 0958", "2079460958"),
            ("07400 555 123", "7400555123"),
        ] {
            self.numbers.push((number.to_owned(), digits.to_owned()));
            let data = json!({"session_id": "s", "mobile_number": number});
            let event = someone.event("enrollment.sms.started.v1", data);
            let outcome = world.crm.ask(&event).await.expect("an outcome");
            assert_eq!(outcome.kind(), "enrollment.rejected.v1", "{number}");
        }
    }

    async fn own_profile(&mut self, world: &World) {
        let session = self.accepted_session(world, 1).await;
        let (user, crm) = (self.person.user.clone(), &world.crm);
        let own = json!({"viewer_id": user, "session_id": session});
        let profile = crm
            .ask(&self.person.event("profile.requested.v1", own))
            .await;
        let profile = profile.expect("an outcome");
        assert_eq!(
            profile["mobile_number"].as_str(),
            self.person.number.as_deref()
        );
        let other = json!({"viewer_id": "admin"});
        let other = crm
            .ask(&self.person.event("profile.requested.v1", other))
            .await;
        assert_eq!(other.expect("an outcome")["viewer"], "other");
        let data = json!({"session_id": session});
        let codes = self
            .person
            .event("enrollment.backup_codes.requested.v1", data);
        let codes = crm.ask(&codes).await.expect("an outcome");
        assert_eq!(codes.list("backup_codes").len(), 10);
        self.backup_codes(&codes);
        let list = json!({
            "tenant_id": self.person.tenant, "viewer_id": "admin", "user_ids": [user],
        });
        let list = CrmEvent::new("profile.list.requested.v1", list);
        expect(crm.ask(&list).await.expect("an outcome"), "profile.list.v1").expect("a list");
    }

    /// Secrets where they do not belong, and messages that cannot be read.
    async fn bad_input(&mut self, world: &World) {
        let canary = "c0rrect-h0rse-battery";
        self.text("a password", canary);
        let person = self.person.clone();
        let events = [
            person.login("s").with_data("password", json!(canary)),
            person.login("s").with("passwd", json!(canary)),
            person.login("s").with_data("ip", json!(canary)),
            person.login("s").with_data(canary, json!(1)),
            person
                .login("s")
                .with("type", json!(format!("login.{canary}.v1"))),
            person.login_with("s", canary, canary),
            person.event(
                "reset.requested.v1",
                json!({"admin_id": "a", "why": canary}),
            ),
            person
                .event("sms.requested.v1", json!({"session_id": canary, "x": 1}))
                .with_data("session_id", json!([canary])),
            person
                .event("enrollment.sms.started.v1", json!({"session_id": "s"}))
                .with_data("mobile_number", json!({ "number": canary })),
        ];
        for event in events {
            let outcome = world.crm.ask(&event).await.expect("an outcome");
            assert_eq!(outcome.kind(), "event.rejected.v1");
        }
        let letter = person.login("s").letter();
        let broken =
            String::from_utf8_lossy(letter.body()).replace("\"ip\"", &format!("\"{canary}"));
        let broken = twofactor_testkit::Letter::new("login.attempted.v1", broken)
            .content_type(twofactor_testkit::event::CONTENT_TYPE)
            .correlated(&User::session());
        let outcome = world.crm.ask_by(&broken, &ReplyPath::Direct).await;
        assert_eq!(outcome.expect("an outcome")["reason"], "malformed");
        // A reply with secrets that comes back, since nobody is there.
        let data = json!({"session_id": "s", "account": "a"});
        let nobody = User::of(&person.tenant).event("enrollment.totp.started.v1", data);
        let gone = ReplyPath::Named("crm.reply.gone".to_owned());
        world
            .crm
            .send(&nobody.letter(), &gone)
            .await
            .expect("published");
        let told = world.observer.wait_for(nobody.outcome_id()).await;
        assert!(!told.expect("a broadcast").has("secret"));
        let again = world.crm.ask(&nobody.again()).await.expect("an outcome");
        self.text("a secret whose reply came back", again.str("secret"));
    }

    /// The database ends every connection in the middle of it all, so that errors are logged.
    async fn failing_database(&mut self, world: &World) {
        let client = world.database.connect_superuser().await;
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity
            where usename like 'twofactor%' and datname = current_database()";
        for _ in 0..3 {
            let login = self.person.login_with("s", "totp", "271828");
            let ended = client.execute(sql, &[]);
            let (outcome, ended) = tokio::join!(world.crm.ask(&login), ended);
            outcome.expect("an outcome");
            ended.expect("they are ended");
        }
        self.text("an entered code", "271828");
    }

    async fn administration(&mut self, world: &World) {
        let (person, crm) = (self.person.clone(), &world.crm);
        let number = "07700 900 123";
        self.numbers
            .push(("a number in a reason".to_owned(), "07700900123".to_owned()));
        let reason = format!("lost, call {number}");
        let exempted = User::of(&person.tenant);
        let until = Timestamp::now() + jiff::SignedDuration::from_hours(24);
        let data = json!({"admin_id": "admin", "reason": reason, "until": until.to_string()});
        let exempt = crm
            .ask(&exempted.event("enrollment.exempted.v1", data))
            .await;
        expect(exempt.expect("an outcome"), "enrollment.exemption.v1").expect("exempted");
        let session = self.accepted_backup(world).await;
        let data = json!({"session_id": session, "method": "sms"});
        let removed = crm
            .ask(&person.event("enrollment.method.reset.v1", data))
            .await;
        expect(removed.expect("an outcome"), "enrollment.removed.v1").expect("removed");
        let forgotten = person.event("enrollment.browsers.forgotten.v1", json!({}));
        crm.ask(&forgotten).await.expect("an outcome");
        for kind in ["reset.requested.v1", "reset.user.erased.v1"] {
            let data = json!({"admin_id": "admin", "reason": reason});
            let outcome = crm
                .ask(&person.event(kind, data))
                .await
                .expect("an outcome");
            assert!(outcome.kind().starts_with("reset."), "{}", outcome.text());
        }
        set_policy(crm, &person.tenant, false, 7)
            .await
            .expect("a policy");
    }

    /// A session that a backup code of the new set opened.
    async fn accepted_backup(&mut self, world: &World) -> String {
        let newest = self
            .texts
            .iter()
            .rev()
            .find(|(name, code)| name == "a backup code" && code.contains('-'));
        let code = newest.expect("a backup code").1.clone();
        let session = User::session();
        let accepted = self.try_code(world, &session, "backup", &code).await;
        assert_eq!(accepted["via"], "backup", "{}", accepted.text());
        session
    }
}

fn password(url: &str) -> &str {
    let (before, _) = url.rsplit_once('@').expect("a URL with credentials");
    before.rsplit_once(':').expect("a password").1
}
