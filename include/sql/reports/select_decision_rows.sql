-- grain: one act of a person, the newest first
-- parameters: period (empty: any), unit_code (empty: any), how_many
-- writes: nothing
SELECT sequence, kind, scheme, period, unit_code, field, value, reason, decided_by, account, decided_at, sha256
FROM decision
WHERE (:period = '' OR period = :period) AND (:unit_code = '' OR unit_code = :unit_code)
ORDER BY sequence DESC
LIMIT :how_many
