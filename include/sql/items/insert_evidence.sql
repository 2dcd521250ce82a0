-- grain: one file that came with an answer or a hand-in, after those that came before; the same again changes nothing
-- parameters: carrier_sha256, name, sha256, bytes
-- writes: evidence
INSERT INTO evidence (carrier_sha256, position, name, sha256, bytes)
SELECT
    CAST(:carrier_sha256 AS VARCHAR(64)),
    COUNT(*) + 1,
    CAST(:name AS TEXT),
    CAST(:sha256 AS VARCHAR(64)),
    CAST(:bytes AS BIGINT)
FROM evidence
WHERE carrier_sha256 = :carrier_sha256
HAVING COUNT(CASE WHEN sha256 = :sha256 THEN 1 END) = 0
