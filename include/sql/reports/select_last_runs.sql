-- grain: a stage of work: when a run last wrote of it, among the newest rows
-- parameters: rows (how many are looked at)
-- writes: nothing
SELECT stage, MAX(logged_at) AS logged_at
FROM (
    SELECT stage, logged_at
    FROM run_log
    WHERE id > (SELECT MAX(id) FROM run_log) - :rows
    LIMIT :rows -- SQLite: or it goes through the index of stages from end to end
) AS newest
GROUP BY stage
ORDER BY stage
