-- What a login changes of users that have a row. Workers never delete the row of a user.
update twofactor.users
set first_login_at = written.first_login_at,
    login_failures = written.login_failures,
    login_failed_at = written.login_failed_at,
    totp_spent_steps = written.totp_spent_steps::bigint[],
    backup_spent = written.backup_spent
from unnest(
    $1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::text[],
    $7::bigint[]
) as written (
    tenant_id, user_id, first_login_at, login_failures, login_failed_at, totp_spent_steps,
    backup_spent
)
where users.tenant_id = written.tenant_id
    and users.user_id = written.user_id
