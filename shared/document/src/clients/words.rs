//! Words of the schemas as the languages write them: names of types, values and documentation.

/// `login.attempted.v1` as the name of a type: `LoginAttempted`; of `….v2` `LoginAttemptedV2`.
pub fn class_of(message: &str) -> String {
    let (name, version) = message.rsplit_once('.').unwrap_or((message, "v1"));
    let class = pascal(name);
    match version {
        "v1" => class,
        later => class + &later.to_uppercase(),
    }
}

/// `not_required` or `login.attempted` as `NotRequired` or `LoginAttempted`.
pub fn pascal(words: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    words.split(['.', '_']).map(capitalised).collect()
}

/// `not_required` as the name of a constant: `NOT_REQUIRED`.
pub fn constant(words: &str) -> String {
    words.to_uppercase()
}

/// `methods` as `method`.
pub fn singular(words: &str) -> &str {
    match words.strip_suffix('s') {
        Some(one) if !one.ends_with('s') => one,
        _ => words,
    }
}

/// Lines of at most `width` characters, none of them broken within a word.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        let length = line.chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// "a, b or c".
pub fn either(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} or {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_by_its_message() {
        assert_eq!(class_of("login.attempted.v1"), "LoginAttempted");
        assert_eq!(
            class_of("enrollment.browsers_forgotten.v1"),
            "EnrollmentBrowsersForgotten"
        );
        assert_eq!(class_of("sms.sent.v2"), "SmsSentV2");
    }

    #[test]
    fn one_of_a_list_is_named_in_the_singular() {
        let words = ["methods", "remembered_browsers", "pending", "address"];
        let singulars = ["method", "remembered_browser", "pending", "address"];
        assert_eq!(words.map(singular), singulars);
    }

    #[test]
    fn documentation_is_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible", 7), ["incomprehensible"]);
    }

    #[test]
    fn names_are_listed_as_a_sentence_lists_them() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(either(&names), "a, b or c");
        assert_eq!(either(&names[..1]), "a");
    }
}
