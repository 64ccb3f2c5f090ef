-- What the decision saw. Kept as long as the answer; null where an earlier release decided.
select totp_offset, failures_before, waits_until, throttled_until, throttled_by
from twofactor.answers
where outcome_id = $1 and outcome is not null
