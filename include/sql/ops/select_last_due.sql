-- grain: one row; when the last of the notices falls due that wait for their mail, null where none waits
-- parameters: none
-- reads: notice
SELECT MAX(due_at) AS last_due_at
FROM notice
WHERE state = 'pending'
