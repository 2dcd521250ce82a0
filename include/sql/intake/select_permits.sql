-- grain: one extension or granted review of a period, of one unit or (unit_code empty) of all, oldest first
-- parameters: scheme, period
-- writes: nothing
SELECT unit_code, kind, value, decided_at, sequence
FROM decision
WHERE scheme = :scheme AND period = :period AND kind IN ('extension', 'review')
ORDER BY sequence
