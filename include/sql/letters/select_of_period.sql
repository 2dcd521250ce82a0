-- grain: one letter of a kind to a unit about a period, whatever became of it
-- parameters: kind, unit_code, period
-- writes: nothing
SELECT id, state, model
FROM circular
WHERE kind = :kind AND unit_code = :unit_code AND period = :period
ORDER BY id
