-- grain: one arrival answered by the moment, with what became of it; its words are those of the day
-- parameters: as_of_at
-- writes: nothing
SELECT id, sha256, name, answered_at, signed_off_period, packet, status, unit_code, version
FROM delivery
WHERE answered_at <= :as_of_at
ORDER BY id
