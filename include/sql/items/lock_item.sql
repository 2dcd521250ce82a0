-- grain: one item; on SQLite a transaction has the database to itself already
-- parameters: id
-- writes: nothing
SELECT id
FROM rectification_item
WHERE id = :id
