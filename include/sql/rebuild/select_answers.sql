-- grain: one arrival answered by the moment, with what became of it: not of one that came after sign-off, which a review may let in
--   later; its words are those of the day
-- parameters: as_of_at
-- writes: nothing
SELECT id, sha256, name, answered_at, signed_off_period, packet,
    CASE WHEN signed_off_period IS NULL THEN status END AS status,
    CASE WHEN signed_off_period IS NULL THEN unit_code END AS unit_code,
    CASE WHEN signed_off_period IS NULL THEN version END AS version
FROM delivery
WHERE answered_at <= :as_of_at
ORDER BY id
