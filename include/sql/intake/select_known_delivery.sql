-- grain: at most one row
-- parameters: channel, file_name, sha256
-- writes: nothing
SELECT id
FROM delivery
WHERE sha256 = :sha256 AND name = :file_name AND channel = :channel
LIMIT 1
