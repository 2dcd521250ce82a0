-- grain: one open item gets another deadline, which a person has set
-- parameters: id, deadline
-- writes: rectification_item
UPDATE rectification_item
SET deadline = :deadline, is_provisional = FALSE
WHERE id = :id AND is_open
