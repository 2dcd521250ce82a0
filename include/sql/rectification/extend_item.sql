-- grain: one open item gets another deadline
-- parameters: id, deadline
-- writes: rectification_item
UPDATE rectification_item
SET deadline = :deadline
WHERE id = :id AND is_open
