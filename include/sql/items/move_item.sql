-- grain: one item from one state to the next (compare and set)
-- parameters: id, from_state, state, is_open
-- writes: rectification_item
UPDATE rectification_item
SET state = :state, is_open = :is_open
WHERE id = :id AND state = :from_state
