-- grain: one assessment or draft of a batch that a run is at work on, in order
-- parameters: batch, run_id
-- writes: nothing
SELECT subject
FROM referral
WHERE batch = :batch AND run_id = :run_id AND NOT is_settled
ORDER BY subject
