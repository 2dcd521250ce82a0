-- grain: one arrival that has not been answered, in the order of receipt
-- parameters: how_many
-- writes: nothing
SELECT id, sha256, name, sender, sender_trust, codes, received_at, bytes, attempts, streets, packet AS part_of
FROM delivery
WHERE status = 'waiting'
ORDER BY received_at, name, id
LIMIT :how_many
