-- grain: what a run did, the newest first
-- parameters: stage (empty: any), how_many
-- writes: nothing
SELECT id, run_id, stage, period, street_code, logged_at, outcome, account, detail
FROM run_log
WHERE :stage = '' OR stage = :stage
ORDER BY id DESC
LIMIT :how_many
