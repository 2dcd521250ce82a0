-- grain: one step that an item has gone through or stands at, in order
-- parameters: item_id
-- writes: nothing
SELECT
    sequence, step, holder_scope, holder, began_date, due_date, is_provisional, waits_since_date, look_again_date,
    ended_date, outcome, is_answered, recorded_at, ended_at, sha256
FROM item_step
WHERE item_id = :item_id
ORDER BY sequence
