//! The refusals of Twilio, with the codes of its error dictionary, and the test numbers that
//! cause each.
//!
//! It knows numbers and refusals, and of HTTP only the status of each.

use serde::Serialize;

/// A refusal as Twilio words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Twilio's error code.
    pub code: u32,
    /// A sentence: the fault.
    pub message: String,
    /// The URL of its explanation.
    pub more_info: String,
    /// The status of the answer.
    pub status: u16,
}

impl Refusal {
    /// Returns a refusal with that status and number.
    pub fn new(status: u16, code: u32, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
            more_info: format!("https://www.twilio.com/docs/errors/{code}"),
            status,
        }
    }

    /// Refuses because the caller has no account here.
    pub fn unauthorized() -> Self {
        Self::new(401, 20003, "Authenticate")
    }

    /// Refuses because the provider is down.
    pub fn unavailable() -> Self {
        Self::new(503, 20503, "Service Unavailable")
    }

    /// Refuses because the recipient has unsubscribed.
    pub fn unsubscribed() -> Self {
        Self::new(400, 21610, "Attempt to send to unsubscribed recipient")
    }

    /// Refuses because there is nothing at this address.
    pub fn not_found() -> Self {
        Self::new(404, 20404, "The requested resource was not found")
    }
}

/// The sender that the caller names.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// No sender.
    None,
    /// A number or a name.
    From(&'a str),
    /// A messaging service, which chooses one of its own.
    Service(&'a str),
}

impl<'a> Sender<'a> {
    /// Returns the sender that a form names; a number or a name goes before the service that it is
    /// of.
    pub fn of(from: &'a str, service: &'a str) -> Self {
        match (from, service) {
            ("", "") => Self::None,
            ("", service) => Self::Service(service),
            (from, _) => Self::From(from),
        }
    }

    fn is_service_of_nobody(self) -> bool {
        let Self::Service(sid) = self else {
            return false;
        };
        let hex = sid.strip_prefix("MG").unwrap_or_default();
        hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// Returns why the text is refused, if it is.
pub fn judge(to: &str, sender: Sender<'_>, body: &str) -> Option<Refusal> {
    let from = match sender {
        Sender::From(from) => from,
        Sender::None | Sender::Service(_) => "",
    };
    let (code, message) = match (to, from, body) {
        ("", _, _) => (21604, "A 'To' phone number is required."),
        _ if matches!(sender, Sender::None) => (21603, "A 'From' phone number is required."),
        _ if sender.is_service_of_nobody() => (21701, "The Messaging Service does not exist."),
        (_, _, "") => (21602, "Message body is required."),
        (_, "+15005550001", _) => (21212, "The 'From' number is not a valid phone number."),
        (_, "+15005550007", _) => (21606, "The 'From' number is not owned by your account."),
        (_, "+15005550008", _) => (21611, "The 'From' number has exceeded its queue."),
        ("+15005550002", _, _) => (21612, "The 'To' number is not reachable from 'From'."),
        ("+15005550003", _, _) => (21408, "Permission to send to this region is not enabled."),
        ("+15005550004", _, _) => return Some(Refusal::unsubscribed()),
        ("+15005550009" | "+447400000000", _, _) => (21614, "'To' number is not a mobile number."),
        ("+15005550001", _, _) => (21211, "The 'To' number is not a valid phone number."),
        (to, _, _) if !is_e164(to) => (21211, "The 'To' number is not a valid phone number."),
        (_, _, body) if body.chars().count() > 1600 => {
            (21617, "The message body exceeds the 1600 character limit.")
        }
        _ => return None,
    };
    Some(Refusal::new(400, code, message))
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "+15005550006";

    #[test]
    fn test_numbers_bring_about_twilios_refusals() {
        for (to, from, code) in [
            ("+447400123456", FROM, None),
            ("+15005550006", FROM, None),
            ("+447400123456", "CRM", None),
            ("+15005550001", FROM, Some(21211)),
            ("+15005550002", FROM, Some(21612)),
            ("+15005550003", FROM, Some(21408)),
            ("+15005550004", FROM, Some(21610)),
            ("+15005550009", FROM, Some(21614)),
            ("+447400000000", FROM, Some(21614)),
            ("+447400123456", "+15005550001", Some(21212)),
            ("+447400123456", "+15005550007", Some(21606)),
            ("+447400123456", "+15005550008", Some(21611)),
            ("07400123456", FROM, Some(21211)),
            ("+07400123456", FROM, Some(21211)),
            ("+44740012345x", FROM, Some(21211)),
            ("", FROM, Some(21604)),
            ("+447400123456", "", Some(21603)),
        ] {
            let sender = Sender::of(from, "");
            let refused = judge(to, sender, "abc234 is your code").map(|refusal| refusal.code);
            assert_eq!(refused, code, "to {to} from {from}");
        }
    }

    #[test]
    fn a_messaging_service_sends_where_it_exists() {
        let to = "+447400123456";
        let body = "abc234 is your code";
        let service = "MG0123456789abcdef0123456789abcdef";
        let code = |sender| judge(to, sender, body).map(|refusal| refusal.code);
        assert_eq!(code(Sender::of("", service)), None);
        assert_eq!(code(Sender::of(FROM, service)), None);
        assert_eq!(code(Sender::of("", "MG0123")), Some(21701));
        assert_eq!(code(Sender::of("", "")), Some(21603));
    }

    #[test]
    fn a_body_is_needed_and_limited() {
        let to = "+447400123456";
        let from = Sender::From(FROM);
        assert_eq!(judge(to, from, "").expect("refused").code, 21602);
        assert!(judge(to, from, &"é".repeat(1600)).is_none());
        assert_eq!(
            judge(to, from, &"x".repeat(1601)).expect("refused").code,
            21617
        );
    }
}
