-- grain: one row a file of the inbox that was seen and is not yet gone
-- parameters: none
-- writes: nothing
SELECT id, received_at
FROM inbox_sighting
