-- grain: one assessment or draft that is put to a committee, in the batch of this time
-- parameters: subject, batch, referred_at, silent_because
-- writes: referral
INSERT INTO referral (subject, batch, referred_at, silent_because, run_id, is_settled)
VALUES (:subject, :batch, :referred_at, :silent_because, '', FALSE)
ON CONFLICT (subject) DO UPDATE
SET batch = EXCLUDED.batch, referred_at = EXCLUDED.referred_at, silent_because = EXCLUDED.silent_because,
    run_id = '', is_settled = FALSE
