-- The answers of held texts, each of which must still be without an outcome. The facts stay
-- those of the hold.
with settled as (
    update twofactor.answers
    set decided_at = kept.decided_at,
        outcome_type = kept.outcome_type,
        outcome = kept.outcome,
        secrets = kept.secrets,
        had_secrets = kept.had_secrets
    from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::text[],
        $7::text[], $8::bytea[], $9::boolean[]
    ) as kept (
        outcome_id, tenant_id, user_id, content, decided_at, outcome_type, outcome, secrets,
        had_secrets
    )
    where answers.outcome_id = kept.outcome_id
        and answers.tenant_id = kept.tenant_id
        and answers.user_id is not distinct from kept.user_id
        and answers.content = kept.content
        and answers.outcome_type is null
    returning 1
)
select twofactor.expect_rows(cardinality($1::uuid[]), count(*)) from settled
