-- Secrets that were wiped meanwhile stay wiped.
update twofactor.answers
set secrets = fresh.secrets
from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as fresh (outcome_id, earlier, secrets)
where answers.outcome_id = fresh.outcome_id
    and answers.secrets = fresh.earlier
