-- grain: one row, of a file that is gone
-- parameters: id
-- writes: inbox_sighting
DELETE FROM inbox_sighting
WHERE id = :id
