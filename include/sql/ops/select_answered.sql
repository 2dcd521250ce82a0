-- grain: one row an arrival that is answered
-- parameters: none
-- reads: delivery
SELECT id
FROM delivery
WHERE status <> 'waiting'
