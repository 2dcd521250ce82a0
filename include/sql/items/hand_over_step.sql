-- grain: the step of one item that is on, which goes on with another subject
-- parameters: item_id, before, after (codes)
-- writes: item_step
UPDATE item_step
SET holder = :after
WHERE item_id = :item_id AND holder = :before AND ended_date IS NULL
