-- grain: one row an archived file, in the order of its hash, from a given hash on
-- parameters: from_sha256, how_many
-- reads: delivery
SELECT DISTINCT sha256
FROM delivery
WHERE sha256 >= :from_sha256
ORDER BY sha256
LIMIT :how_many
