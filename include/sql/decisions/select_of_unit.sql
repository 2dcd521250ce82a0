-- grain: one act on one unit's period, oldest first
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT id, kind, unit_code, field, value, reason, decided_by, decided_at, sha256, sequence
FROM decision
WHERE scheme = :scheme AND period = :period AND unit_code = :unit_code
ORDER BY sequence
