-- grain: one row a file of the inbox; seen again it keeps its time
-- parameters: id, received_at
-- writes: inbox_sighting
INSERT INTO inbox_sighting (id, received_at)
VALUES (:id, :received_at)
ON CONFLICT (id) DO NOTHING
