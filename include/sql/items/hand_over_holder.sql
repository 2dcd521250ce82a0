-- grain: one item whose step goes on with another subject
-- parameters: id, before, after (codes)
-- writes: rectification_item
UPDATE rectification_item
SET holder = :after
WHERE id = :id AND holder = :before
