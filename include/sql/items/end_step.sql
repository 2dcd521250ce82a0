-- grain: one step that ends
-- parameters: item_id, sequence, ended_date, outcome, is_answered, ended_at, sha256
-- writes: item_step
UPDATE item_step
SET
    ended_date = :ended_date,
    outcome = :outcome,
    is_answered = :is_answered,
    ended_at = :ended_at,
    sha256 = :sha256,
    look_again_date = NULL
WHERE item_id = :item_id AND sequence = :sequence AND ended_date IS NULL
