-- grain: one row: how many moves of an event a sheet has brought
-- parameters: event_id, sha256
-- writes: nothing
SELECT COUNT(*) AS moves
FROM event_change
WHERE event_id = :event_id AND sha256 = :sha256
