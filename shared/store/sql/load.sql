-- What a batch is decided from, in one statement, since a statement costs as much as its rows. A
-- row has up to two keys, which have nothing to do with each other: of an institution, perhaps with a
-- user and one of its login sessions; and of an earlier answer. What is not there is null.
select
    wanted.tenant_id, wanted.user_id,
    users.ever_set_up, users.first_login_at, users.reset_since, users.exempt_until,
    users.login_failures, users.login_failed_at, users.confirm_failures, users.confirm_failed_at,
    users.totp_secret, users.totp_set_up_at, users.totp_spent_steps, users.number,
    users.number_lookup, users.number_country, users.sms_set_up_at, users.backup_salt,
    users.backup_hashes, users.backup_spent, users.pending_totp_secret,
    users.pending_totp_expires_at, users.pending_sms_number, users.pending_sms_lookup,
    users.pending_sms_country, users.pending_sms_text, users.pending_sms_expires_at,
    sessions.session_id, sessions.accepted_at, sessions.remembered_at, sessions.set_up_at,
    policies.required, policies.grace_days, policies.required_since, policies.set_by,
    policies.set_at,
    answers.outcome_id, answers.tenant_id, answers.user_id, answers.content, answers.decided_at,
    answers.outcome_type, answers.outcome, answers.secrets, answers.had_secrets
from unnest($1::text[], $2::text[], $3::text[], $4::uuid[])
    as wanted (tenant_id, user_id, session_id, answer_id)
left join twofactor.sessions using (tenant_id, user_id, session_id)
left join twofactor.policies using (tenant_id)
left join twofactor.answers on answers.outcome_id = wanted.answer_id
-- The last, since its many columns would be handed on by each further join.
left join twofactor.users on users.tenant_id = wanted.tenant_id and users.user_id = wanted.user_id
