-- The facts that the decision saw, kept as long as the answer; null if an earlier release decided.
select totp_offset, failures_before, waits_until, throttled_until, throttled_by
from twofactor.answers
where outcome_id = $1 and outcome is not null
