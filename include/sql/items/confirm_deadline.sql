-- grain: one item whose deadline is confirmed by the calendar that has come
-- parameters: id, deadline
-- writes: rectification_item
UPDATE rectification_item
SET deadline = :deadline, is_provisional = FALSE
WHERE id = :id AND is_provisional
