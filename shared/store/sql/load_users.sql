-- Each user with one of its login sessions, or with none: a session may be null. A user that is
-- unheard of has nulls.
select
    wanted.tenant_id, wanted.user_id, ever_set_up, first_login_at, reset_since, exempt_until,
    login_failures, login_failed_at, confirm_failures, confirm_failed_at, totp_secret,
    totp_set_up_at, totp_spent_steps, number, number_lookup, number_country, sms_set_up_at,
    backup_salt, backup_hashes, backup_spent, pending_totp_secret, pending_totp_expires_at,
    pending_sms_number, pending_sms_lookup, pending_sms_country, pending_sms_text,
    pending_sms_expires_at, sessions.session_id, accepted_at, remembered_at, set_up_at
from unnest($1::text[], $2::text[], $3::text[]) as wanted (tenant_id, user_id, session_id)
left join twofactor.users using (tenant_id, user_id)
left join twofactor.sessions using (tenant_id, user_id, session_id)
