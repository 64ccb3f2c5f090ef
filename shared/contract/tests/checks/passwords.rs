//! M20: a password never crosses the broker, whatever the name and the depth of its member.

use serde_json::{Value, json};
use twofactor_contract::Event;

use crate::samples::{CANARY, data, event, login, login_with, verdict};

const NAMES: [&str; 14] = [
    "password",
    "Password",
    "PASSWORD",
    "pass_word",
    "pass-word",
    "_p-a-s-s-w-o-r-d_",
    "user_password",
    "passwordHash",
    "passwd",
    "old_passwd",
    "passphrase",
    "Pass-Phrase",
    "pwd",
    "newPwd",
];

#[test]
fn a_member_named_like_a_password_is_refused_everywhere() {
    for name in NAMES {
        let member = json!({name: CANARY});
        let expected = format!("invalid_field /{name}");
        assert_eq!(verdict(&login_with(name, CANARY.into())), expected);

        let mut in_data = login();
        in_data["data"][name] = CANARY.into();
        assert_eq!(verdict(&in_data), format!("invalid_field /data/{name}"));

        let mut in_code = login();
        in_code["data"]["code"] = json!({"method": "totp", "value": "123456", name: CANARY});
        assert_eq!(
            verdict(&in_code),
            format!("invalid_field /data/code/{name}")
        );

        let in_extension = login_with("extension", json!({"list": [1, {"deep": member}]}));
        let expected = format!("invalid_field /extension/list/1/deep/{name}");
        assert_eq!(verdict(&in_extension), expected);
    }
}

#[test]
fn its_value_does_not_matter() {
    for value in [json!(null), json!(false), json!(""), json!([]), json!({})] {
        let mut event = login();
        event["data"]["password"] = value.clone();
        assert_eq!(verdict(&event), "invalid_field /data/password", "{value}");
    }
}

#[test]
fn every_type_refuses_one() {
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        let mut data = data(event_type);
        data["Pass_Word"] = CANARY.into();
        let event = event(event_type, &data);
        assert_eq!(
            verdict(&event),
            "invalid_field /data/Pass_Word",
            "{event_type}"
        );
    }
}

#[test]
fn a_name_that_could_be_a_password_itself_is_not_repeated() {
    let mut event = login();
    event["data"][format!("password={CANARY}")] = Value::Null;
    assert_eq!(verdict(&event), "invalid_field /data");
}

#[test]
fn other_names_are_no_passwords() {
    for name in ["passport", "pass", "word", "compass", "p.w.d"] {
        assert_eq!(verdict(&login_with(name, json!(1))), "ok", "{name}");
    }
}
