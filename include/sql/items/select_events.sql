-- grain: the history of one item
-- parameters: item_id
-- writes: nothing
SELECT sequence, kind, stage, actor, reason, happened_at, sha256, deadline
FROM item_event
WHERE item_id = :item_id
ORDER BY sequence
