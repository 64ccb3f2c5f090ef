-- Arrays of unequal length cannot be unnested, so the spent steps are passed as array literals.
insert into twofactor.users (
    tenant_id, user_id, first_login_at, ever_set_up, reset_since, exempt_until, login_failures,
    login_failed_at, confirm_failures, confirm_failed_at, totp_secret, totp_set_up_at,
    totp_spent_steps, number, number_lookup, number_country, sms_set_up_at, backup_salt,
    backup_hashes, backup_spent, pending_totp_secret, pending_totp_expires_at,
    pending_sms_number, pending_sms_lookup, pending_sms_country, pending_sms_text,
    pending_sms_expires_at
)
select
    tenant_id, user_id, first_login_at, ever_set_up, reset_since, exempt_until, login_failures,
    login_failed_at, confirm_failures, confirm_failed_at, totp_secret, totp_set_up_at,
    totp_spent_steps::bigint[], number, number_lookup, number_country, sms_set_up_at,
    backup_salt, backup_hashes, backup_spent, pending_totp_secret, pending_totp_expires_at,
    pending_sms_number, pending_sms_lookup, pending_sms_country, pending_sms_text,
    pending_sms_expires_at
from unnest(
    $1::text[], $2::text[], $3::timestamptz[], $4::boolean[], $5::timestamptz[],
    $6::timestamptz[], $7::bigint[], $8::timestamptz[], $9::bigint[], $10::timestamptz[],
    $11::bytea[], $12::timestamptz[], $13::text[], $14::bytea[], $15::bytea[], $16::text[],
    $17::timestamptz[], $18::bytea[], $19::bytea[], $20::bigint[], $21::bytea[],
    $22::timestamptz[], $23::bytea[], $24::bytea[], $25::text[], $26::uuid[], $27::timestamptz[]
) as written (
    tenant_id, user_id, first_login_at, ever_set_up, reset_since, exempt_until, login_failures,
    login_failed_at, confirm_failures, confirm_failed_at, totp_secret, totp_set_up_at,
    totp_spent_steps, number, number_lookup, number_country, sms_set_up_at, backup_salt,
    backup_hashes, backup_spent, pending_totp_secret, pending_totp_expires_at,
    pending_sms_number, pending_sms_lookup, pending_sms_country, pending_sms_text,
    pending_sms_expires_at
)
on conflict (tenant_id, user_id) do update set
    first_login_at = excluded.first_login_at,
    ever_set_up = excluded.ever_set_up,
    reset_since = excluded.reset_since,
    exempt_until = excluded.exempt_until,
    login_failures = excluded.login_failures,
    login_failed_at = excluded.login_failed_at,
    confirm_failures = excluded.confirm_failures,
    confirm_failed_at = excluded.confirm_failed_at,
    totp_secret = excluded.totp_secret,
    totp_set_up_at = excluded.totp_set_up_at,
    totp_spent_steps = excluded.totp_spent_steps,
    number = excluded.number,
    number_lookup = excluded.number_lookup,
    number_country = excluded.number_country,
    sms_set_up_at = excluded.sms_set_up_at,
    backup_salt = excluded.backup_salt,
    backup_hashes = excluded.backup_hashes,
    backup_spent = excluded.backup_spent,
    pending_totp_secret = excluded.pending_totp_secret,
    pending_totp_expires_at = excluded.pending_totp_expires_at,
    pending_sms_number = excluded.pending_sms_number,
    pending_sms_lookup = excluded.pending_sms_lookup,
    pending_sms_country = excluded.pending_sms_country,
    pending_sms_text = excluded.pending_sms_text,
    pending_sms_expires_at = excluded.pending_sms_expires_at
