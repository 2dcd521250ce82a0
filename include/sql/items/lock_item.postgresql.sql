-- grain: one item, held until the transaction ends
-- parameters: id
-- writes: nothing
SELECT id
FROM rectification_item
WHERE id = :id
FOR UPDATE
