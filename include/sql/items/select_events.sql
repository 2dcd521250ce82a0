-- grain: the history of one item
-- parameters: item_id
-- writes: nothing
SELECT sequence, kind, stage, actor, reason, happened_at, sha256
FROM item_event
WHERE item_id = :item_id
ORDER BY sequence
