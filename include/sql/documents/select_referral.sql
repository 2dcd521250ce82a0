-- grain: how an assessment or draft was put to the committee last, none or one
-- parameters: subject
-- writes: nothing
SELECT subject, batch, referred_at, silent_because, run_id, is_settled
FROM referral
WHERE subject = :subject
