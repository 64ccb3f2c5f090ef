//! The names of the CRM's own words. One that is missing in a language does not compile.

use std::fmt::Display;

/// Declares the words of every page by name.
macro_rules! words {
    ($($name:ident,)*) => {
        /// The words of every page in one language. In a sentence `{}` is what the page puts in.
        pub struct Words {
            $(pub $name: &'static str,)*
        }

        #[cfg(test)]
        impl Words {
            pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

words! {
    // The frame.
    product, skip, menu, error, problem, footer, to_start, back, go_on, show, copied, units,
    no_answer, not_found, not_found_more, forbidden, forbidden_more, old_form, old_form_more,
    // E-mail and password.
    log_in, log_out, logged_out, email, password, wrong_password, people, people_more, name,
    try_this, email_and_password, fill_in,
    // The code.
    enter_code, enter_totp, enter_sms, enter_backup, code_totp, code_sms, code_backup, hint_totp,
    hint_sms, hint_sms_set_up, hint_backup, no_code, remember, remember_hint, send_text,
    send_new_text, text_free, text_in, text_over, wait_in, wait_over, methods, no_method,
    no_methods, ask_admin, ask_admin_how,
    // Help.
    help, help_first, help_who, help_what, help_1, help_2, help_3,
    // The set-up.
    set_up, set_up_another, set_up_more, set_up_over, is_set_up, steps, step_choose, step_scan,
    step_scan_or_number, step_text, step_code, step_codes, about_totp, about_sms, start_totp,
    start_sms, number, number_hint, no_number, another, scan, until, qr_alt, key_more, copy_key,
    open_app, texted, confirm, backup_codes, codes_more, codes_new, codes_gone, codes_saved,
    codes_understood, not_saved, copy_codes, download_codes, print_codes,
    // The account.
    account, welcome, grace, grace_link, codes_left, change_password, change_password_more,
    old_password, new_password, new_password_hint, wrong_old_password, short_password,
    password_changed, via_code, via_backup, via_remembered, via_enrolled, via_grace, via_exempt,
    via_other,
    // The tab.
    two_factor, two_factor_short, your_methods, totp, sms, backup, set_up_since, pending_until,
    not_set_up, reset, few_codes, new_codes, new_codes_more, browsers, browsers_more, no_browsers,
    since, until_when, forget, forget_all, forgotten, method_removed, reset_method, reset_of_totp,
    reset_of_sms, reset_what, reset_totp, reset_sms, reset_browsers, reset_codes, reset_last,
    keep,
    // The administrator.
    admin, admin_short, policy, required, grace_days, grace_hint, wrong_grace, set_policy,
    policy_is_set, everybody, without, people_caption, state, since_short, locked,
    is_set_up_short, set_up_by, not_required, admin_reset, admin_reset_of, admin_reset_more,
    admin_reset_1, admin_reset_2, admin_reset_3, reason, reason_hint, no_reason, not_oneself,
    was_reset, exempt, exempt_more, exempt_days, exempt_days_hint, wrong_days, is_exempt_until,
    // The demo's own pages.
    mail, mail_more, no_mail, behind, behind_more, nothing_yet, no_outcome, same_event,
    details, event, outcome, phone, phone_short, phone_more, phone_of, phone_note, whose, app, no_app,
    for_seconds, then_code, texts, no_texts, no_sandbox, paper, where_you_are, where_more, campus,
    hotel,
}

/// A sentence with what the page puts in.
pub fn fill(sentence: &str, value: impl Display) -> String {
    sentence.replace("{}", &value.to_string())
}

impl Words {
    /// A method, as people call it.
    pub fn method(&self, method: &str) -> &'static str {
        match method {
            "totp" => self.totp,
            "sms" => self.sms,
            _ => self.backup,
        }
    }

    /// How somebody was let in.
    pub fn via(&self, via: &str) -> &'static str {
        match via {
            "totp" | "sms" => self.via_code,
            "backup" => self.via_backup,
            "remembered" => self.via_remembered,
            "enrolled" => self.via_enrolled,
            "grace" => self.via_grace,
            "exempt" => self.via_exempt,
            _ => self.via_other,
        }
    }

    /// The reset of a method.
    pub fn reset_of(&self, method: &str) -> &'static str {
        match method {
            "totp" => self.reset_of_totp,
            _ => self.reset_of_sms,
        }
    }
}
