-- grain: what of a batch no run is at work on is this run's
-- parameters: batch, run_id
-- writes: referral
UPDATE referral
SET run_id = :run_id
WHERE batch = :batch AND run_id = ''
