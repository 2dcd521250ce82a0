-- grain: what is known of one item, after a step
-- parameters: id, cells
-- writes: rectification_item
UPDATE rectification_item
SET cells = :cells
WHERE id = :id
