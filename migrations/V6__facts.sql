-- What a decision saw and no row tells later, beside the answer and for as long as it is kept:
-- operators read it by twofactor-ctl explain. Never the code. A worker of an earlier release leaves
-- all of it null.
alter table twofactor.answers
    -- Steps of 30 s from the event's time to the one that the code is of; ahead is positive.
    add column totp_offset smallint,
    -- Wrong codes in a row before this event: at login, or of a set-up at set-up.
    add column failures_before bigint,
    -- Until when a wait after wrong codes ran.
    add column waits_until timestamptz,
    -- Until when which limit on texts held this one back.
    add column throttled_until timestamptz,
    add column throttled_by text,
    -- Not valid: it holds for every new row, and those of before, which are null, are not read.
    add constraint answers_facts check (
        totp_offset between -10 and 10
        and failures_before >= 0
        and num_nulls(throttled_until, throttled_by) in (0, 2)
    ) not valid;
