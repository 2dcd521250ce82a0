-- grain: one step that is on: its last day, and whether its clock stands
-- parameters: item_id, sequence, due_date, is_provisional, waits_since_date, look_again_date
-- writes: item_step
UPDATE item_step
SET
    due_date = :due_date,
    is_provisional = :is_provisional,
    waits_since_date = :waits_since_date,
    look_again_date = :look_again_date
WHERE item_id = :item_id AND sequence = :sequence AND ended_date IS NULL
