-- grain: what the runs of a period did, in order
-- parameters: period
-- writes: nothing
SELECT id, run_id, stage, street_code, logged_at, outcome, detail
FROM run_log
WHERE period = :period
ORDER BY id
