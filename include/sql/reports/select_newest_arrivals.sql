-- grain: one file that was received, the newest first
-- parameters: how_many
-- writes: nothing
SELECT id, name, channel, sender, received_at, status, unit_code, message, sha256, answered_at, streets
FROM delivery
ORDER BY received_at DESC, id
LIMIT :how_many
