-- grain: how many notices wait, for their day, their mail or another try
-- parameters: due_at (now)
-- writes: nothing
SELECT COUNT(*) AS waiting
FROM notice
WHERE state = 'pending' AND due_at <= :due_at
