-- grain: one row a move of an event by a moment
-- parameters: as_of_at
-- writes: nothing
SELECT
    event_id, sequence, state, planned_date, held_date, expected, present, actor, reason, happened_at, sha256
FROM event_change
WHERE happened_at <= :as_of_at
ORDER BY event_id, sequence
