-- grain: one act of a person on a period, oldest first
-- parameters: scheme, period
-- writes: nothing
SELECT id, kind, field, value
FROM decision
WHERE scheme = :scheme AND period = :period
ORDER BY sequence
