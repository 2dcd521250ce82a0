-- grain: one act of a person as it says itself (its id comes from the recipe of its day), decided by the moment, oldest first
-- parameters: as_of_at
-- writes: nothing
SELECT kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256, account
FROM decision
WHERE decided_at <= :as_of_at
ORDER BY sequence
