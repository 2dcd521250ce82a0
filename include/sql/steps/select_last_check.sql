-- grain: at most one row, the newest run of a stage
-- parameters: stage
-- reads: run_log
SELECT logged_at, detail
FROM run_log
WHERE stage = :stage
ORDER BY id DESC
LIMIT 1
