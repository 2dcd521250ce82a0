-- grain: one move of an item, after its last; the same kind and stage again changes nothing (an empty stage is its number)
-- parameters: item_id, kind, stage, actor, reason, happened_at, sha256, deadline
-- writes: item_event
INSERT INTO item_event (item_id, sequence, kind, stage, actor, reason, happened_at, sha256, deadline)
SELECT
    :item_id,
    next_event.sequence,
    CAST(:kind AS TEXT),
    CASE WHEN CAST(:stage AS TEXT) = '' THEN CAST(next_event.sequence AS TEXT) ELSE CAST(:stage AS TEXT) END,
    CAST(:actor AS TEXT),
    CAST(:reason AS TEXT),
    :happened_at,
    CAST(:sha256 AS TEXT),
    :deadline
FROM (SELECT COALESCE(MAX(sequence), 0) + 1 AS sequence FROM item_event WHERE item_id = :item_id) AS next_event
WHERE TRUE
ON CONFLICT DO NOTHING
