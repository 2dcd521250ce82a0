-- grain: one row: notices that are due and wait, the oldest of them, and mails whose fate is unknown or that failed
-- parameters: now_at
-- writes: nothing
SELECT
    (SELECT COUNT(*) FROM notice WHERE state = 'pending' AND due_at <= :now_at) AS waiting,
    (SELECT MIN(due_at) FROM notice WHERE state = 'pending' AND due_at <= :now_at) AS oldest_at,
    (SELECT COUNT(*) FROM mail WHERE state = 'unknown') AS unknown_mails,
    (SELECT COUNT(*) FROM mail WHERE state = 'failed') AS failed_mails,
    (SELECT COUNT(*) FROM delivery WHERE status = 'waiting') AS waiting_files
