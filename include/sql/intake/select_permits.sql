-- grain: one extension or granted review that concerns a unit, oldest first
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT kind, value, decided_at
FROM decision
WHERE
    scheme = :scheme
    AND period = :period
    AND unit_code IN (:unit_code, '')
    AND kind IN ('extension', 'review')
ORDER BY decided_at, id
