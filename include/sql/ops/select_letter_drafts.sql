-- grain: one letter of a period that nobody has decided on
-- parameters: period
-- writes: nothing
SELECT id, kind, model
FROM circular
WHERE assessment_id IS NULL AND state = 'draft' AND period = :period
ORDER BY id
