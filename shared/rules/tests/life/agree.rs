//! The model must agree with each outcome, and then learns from it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::life::{Event, Life};
use crate::model::{Failures, Policy, Token, network_of, seconds};
use crate::worker::Published;

impl Life {
    /// Checks that a text was due, and that it goes to the right number.
    pub fn check_text_is_due(&self, event: &Event, to: &str) {
        let user = &self.users[event.who];
        let now = self.worker.now;
        assert_eq!(
            user.is_late(event.time, now),
            None,
            "a text for an event that is late"
        );
        if event.name == "sms.requested.v1" {
            assert!(user.may_get_a_text(now), "a text that was not due");
            assert_eq!(user.number.as_deref(), Some(to));
        } else {
            assert!(
                user.may_set_up(event.session(), now),
                "a set-up that was not due"
            );
            assert_eq!(user.number, None);
            assert_eq!(event.data["mobile_number"], to);
        }
    }

    /// Checks an outcome that needed no text, and learns from it.
    pub fn agree(&mut self, event: &Event, published: &Published) {
        let data = &published.data;
        let now = self.worker.now;
        let by_person = ![
            "enrollment.browsers",
            "enrollment.exempted",
            "enrollment.policy",
            "profile",
            "reset",
        ]
        .iter()
        .any(|stem| event.name.starts_with(stem));
        if by_person && let Some(late) = self.users[event.who].is_late(event.time, now) {
            assert_eq!(data["reason"], late, "{published:?}");
            return;
        }
        assert!(
            !["stale_event", "reset_since"]
                .iter()
                .any(|late| data["reason"] == *late)
        );
        let is_done = published.outcome_type != "enrollment.rejected.v1";
        match event.name {
            "login.attempted.v1" => self.agree_on_login(event, published),
            "enrollment.totp.started.v1" => self.agree_on_start(event, is_done),
            "enrollment.totp.confirmed.v1" => self.agree_on_app(event, data, is_done),
            "enrollment.sms.confirmed.v1" => self.agree_on_number(event, data, is_done),
            "enrollment.backup_codes.requested.v1" => {
                let user = &mut self.users[event.who];
                let due = user.has_method() && user.may_change(event.session(), now);
                assert_eq!(is_done, due);
                if is_done {
                    user.backup = codes(data);
                }
            }
            "enrollment.method.reset.v1" => self.agree_on_giving_up(event, is_done),
            "enrollment.browsers.forgotten.v1" => {
                let tokens = &mut self.users[event.who].tokens;
                let live = tokens.values().filter(|token| token.until > now).count();
                assert_eq!(data["count"], live);
                tokens.clear();
            }
            "enrollment.exempted.v1" => {
                let user = &mut self.users[event.who];
                assert_eq!(is_done, !user.has_method());
                if is_done {
                    let until: Timestamp = string(&data["until"]).parse().expect("a moment");
                    user.exempt_until = Some(until).filter(|until| *until > now);
                }
            }
            "enrollment.policy.set.v1" => self.learn_policy(event),
            "profile.requested.v1" => self.agree_on_profile(event, data, is_done),
            "profile.list.requested.v1" => self.agree_on_list(event, data),
            "reset.requested.v1" | "reset.user.erased.v1" => self.learn_reset(event),
            _ => {}
        }
    }

    fn agree_on_login(&mut self, event: &Event, published: &Published) {
        let who = event.who;
        let now = self.worker.now;
        let data = &published.data;
        let policy = self.policies[who / 2].as_ref();
        let times = (event.time, now);
        let expected = self.users[who].admits(who, &event.data, policy, &self.texts, times);
        assert_eq!(data["via"].as_str(), expected, "{event:?} {published:?}");
        let user = &mut self.users[who];
        user.first_login.get_or_insert(now);
        if expected.is_none() {
            assert_eq!(data["methods"], json!(user.methods()));
            self.learn_failure(event, data);
            return;
        }
        let session = event.session().to_owned();
        let entered = string(&event.data["code"]["value"]);
        match expected {
            Some("totp") => {
                let app = user.app.clone().expect("an app");
                let step = user.good_step(&app, entered, event.time.min(now));
                user.spent.insert((app, step.expect("a step")));
            }
            Some("sms") => {
                let good = self.texts.good_login_code(who, &session, entered, now);
                self.texts.end(|text| Some(text.id) == good);
            }
            Some("backup") => {
                user.backup.retain(|code| code != entered);
                user.confirm_failures = Failures::default();
                assert_eq!(data["backup_codes_left"], user.backup.len());
            }
            Some("enrolled") => drop(user.set_up.remove(&session)),
            Some("remembered") => drop(user.remembered.insert(session, now)),
            _ => assert!(!user.has_method(), "let in without a factor"),
        }
        self.learn_session(event, data, expected.unwrap_or_default());
    }

    fn learn_session(&mut self, event: &Event, data: &Value, via: &str) {
        let user = &mut self.users[event.who];
        let now = self.worker.now;
        let by_code = ["totp", "sms", "backup"].contains(&via);
        if by_code {
            user.failures = Failures::default();
        }
        if by_code || via == "enrolled" {
            user.accepted.insert(event.session().to_owned(), now);
        }
        let network = network_of(string(&event.data["ip"]));
        let remembers = event.data["remember_me"] == true && (by_code || via == "enrolled");
        assert_eq!(
            data.get("remember_token").is_some(),
            remembers && network.is_some()
        );
        if let (Some(token), Some(network)) = (data["remember_token"].as_str(), network) {
            let until = now + seconds(30 * 86_400);
            user.tokens
                .insert(token.to_owned(), Token { network, until });
        }
    }

    fn learn_failure(&mut self, event: &Event, data: &Value) {
        let method = string(&event.data["code"]["method"]);
        if data["reason"] != "wrong_code" || method == "backup" {
            return;
        }
        self.users[event.who].failures.count(self.worker.now);
        if method == "sms" {
            let of_session = |sent: &crate::texts::Sent| {
                sent.who == event.who && sent.session == event.session() && sent.is_for_login
            };
            self.texts.end(of_session);
        }
    }

    fn agree_on_start(&mut self, event: &Event, is_done: bool) {
        let user = &mut self.users[event.who];
        let now = self.worker.now;
        let due = user.may_set_up(event.session(), now) && user.app.is_none();
        assert_eq!(is_done, due);
        if is_done {
            let app = self.known[event.who].apps.last().expect("an app");
            user.pending_app = Some((app.clone(), now + seconds(900)));
        }
    }

    fn agree_on_app(&mut self, event: &Event, data: &Value, is_done: bool) {
        let user = &mut self.users[event.who];
        let now = self.worker.now;
        let due = user.may_confirm(event.session(), now) && user.app.is_none();
        let pending = user
            .pending_app
            .clone()
            .filter(|(_, until)| due && *until > now);
        let good = pending.and_then(|(app, _)| {
            let step = user.good_step(&app, event.entered(), event.time.min(now))?;
            Some((app, step))
        });
        assert_eq!(is_done, good.is_some(), "{event:?} {data}");
        if let Some((app, step)) = good {
            let is_first = !user.has_method();
            user.spent.insert((app.clone(), step));
            user.app = Some(app);
            user.pending_app = None;
            self.learn_set_up(event, data, is_first);
        } else if data["reason"] == "wrong_code" {
            user.confirm_failures.count(now);
        }
    }

    fn agree_on_number(&mut self, event: &Event, data: &Value, is_done: bool) {
        let now = self.worker.now;
        let user = &self.users[event.who];
        let due = user.may_confirm(event.session(), now) && user.number.is_none();
        let pending = user.pending_number.clone().filter(|_| due);
        let good = pending.filter(|(_, id, _)| self.texts.confirms(*id, event.entered(), now));
        let neighbour = &self.users[event.who ^ 1];
        let is_taken = good
            .as_ref()
            .is_some_and(|(number, _, _)| neighbour.number.as_ref() == Some(number));
        assert_eq!(is_done, good.is_some() && !is_taken, "{event:?} {data}");
        assert_eq!(data["reason"] == "number_not_accepted", is_taken);
        let user = &mut self.users[event.who];
        let is_wrong = data["reason"] == "wrong_code";
        if (good.is_some() || is_wrong)
            && let Some((number, id, _)) = user.pending_number.take()
        {
            self.texts.end(|sent| sent.id == id);
            if is_done {
                let is_first = !user.has_method();
                user.number = Some(number);
                self.learn_set_up(event, data, is_first);
            } else if is_wrong {
                user.confirm_failures.count(now);
            }
        }
    }

    /// Learns a set-up, and checks that exactly the first method brings backup codes.
    fn learn_set_up(&mut self, event: &Event, data: &Value, is_first: bool) {
        let user = &mut self.users[event.who];
        user.set_up(event.session(), self.worker.now);
        assert_eq!(data.get("backup_codes").is_some(), is_first);
        if is_first {
            user.backup = codes(data);
            assert_eq!(user.backup.len(), 10);
        }
    }

    fn agree_on_giving_up(&mut self, event: &Event, is_done: bool) {
        let user = &mut self.users[event.who];
        let now = self.worker.now;
        let is_app = event.data["method"] == "totp";
        let (has, pends) = if is_app {
            let pends = user
                .pending_app
                .as_ref()
                .is_some_and(|(_, until)| *until > now);
            (user.app.is_some(), pends)
        } else {
            let pends = user
                .pending_number
                .as_ref()
                .is_some_and(|(_, _, until)| *until > now);
            (user.number.is_some(), pends)
        };
        assert_eq!(
            is_done,
            user.may_change(event.session(), now) && (has || pends)
        );
        if !is_done {
            return;
        }
        if is_app {
            user.app = None;
            user.pending_app = None;
        } else {
            user.number = None;
            user.pending_number = None;
            self.texts
                .end(|sent| sent.who == event.who && (has || !sent.is_for_login));
        }
        if has {
            user.tokens.clear();
        }
        if !user.has_method() {
            user.backup.clear();
        }
    }

    fn agree_on_profile(&self, event: &Event, data: &Value, is_done: bool) {
        let user = &self.users[event.who];
        let now = self.worker.now;
        if event.data["viewer_id"] == "root" {
            assert_eq!(data["viewer"], "other");
            shows_no_more(data, &["tenant_id", "user_id", "viewer"]);
            assert_eq!(names(&data["methods"]), set_up(user));
            return;
        }
        assert_eq!(is_done, user.may_look(event.session(), now));
        if !is_done {
            return;
        }
        assert_eq!(data["viewer"], "self");
        assert_eq!(names(&data["methods"]), set_up(user));
        assert_eq!(data["mobile_number"].as_str(), user.number.as_deref());
        assert_eq!(data["backup_codes_left"], user.backup.len());
        let live = user
            .tokens
            .values()
            .filter(|token| token.until > now)
            .count();
        assert_eq!(
            data["remembered_browsers"].as_array().map(Vec::len),
            Some(live)
        );
        let app = user
            .pending_app
            .as_ref()
            .is_some_and(|(_, until)| *until > now);
        let number = user
            .pending_number
            .as_ref()
            .is_some_and(|(_, _, until)| *until > now);
        let pending = usize::from(app) + usize::from(number);
        assert_eq!(data["pending"].as_array().map(Vec::len), Some(pending));
    }

    fn agree_on_list(&self, event: &Event, data: &Value) {
        let first = event.who / 2 * 2;
        let users = data["users"].as_array().expect("a list");
        for (shown, user) in users.iter().zip(&self.users[first..first + 2]) {
            shows_no_more(shown, &["user_id"]);
            assert_eq!(names(&shown["methods"]), set_up(user));
        }
        assert_eq!(names(&users[2]["methods"]), Vec::<&str>::new());
    }

    fn learn_policy(&mut self, event: &Event) {
        let required = event.data["required"] == true;
        let policy = &mut self.policies[event.who / 2];
        let since = policy.as_ref().and_then(|policy| policy.since);
        *policy = Some(Policy {
            required,
            grace_days: event.data["grace_days"].as_i64().expect("days"),
            since: required.then(|| since.unwrap_or(self.worker.now)),
        });
    }

    fn learn_reset(&mut self, event: &Event) {
        let user = &mut self.users[event.who];
        if event.name == "reset.requested.v1" {
            user.reset(event.time);
        } else {
            user.erase(event.time);
        }
        self.texts.end(|sent| sent.who == event.who);
    }
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn codes(data: &Value) -> Vec<String> {
    let codes = data["backup_codes"].as_array().expect("codes");
    codes.iter().map(|code| string(code).to_owned()).collect()
}

fn names(methods: &Value) -> Vec<&str> {
    let methods = methods.as_array().expect("a list");
    methods
        .iter()
        .map(|method| string(&method["method"]))
        .collect()
}

fn set_up(user: &crate::model::User) -> Vec<&'static str> {
    let mut methods = user.methods();
    methods.retain(|method| *method != "backup");
    methods
}

/// Checks M16: others see since when each method is set up, never its details.
fn shows_no_more(data: &Value, besides: &[&str]) {
    let allowed = ["methods", "required", "locked", "set_up_by"];
    for (name, _) in data.as_object().expect("an object") {
        assert!(
            allowed.contains(&name.as_str()) || besides.contains(&name.as_str()),
            "{name}"
        );
    }
    for method in data["methods"].as_array().expect("a list") {
        let members: Vec<_> = method.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["method", "set_up_at"]);
    }
}
