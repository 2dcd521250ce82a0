-- grain: one file of evidence that came with a packet, as that of one of its sheets; again changes nothing
-- parameters: sha256 (the sheet), packet_sha256
-- writes: evidence
INSERT INTO evidence (carrier_sha256, position, name, sha256, bytes)
SELECT CAST(:sha256 AS TEXT), position, name, sha256, bytes
FROM evidence
WHERE carrier_sha256 = :packet_sha256
ON CONFLICT (carrier_sha256, position) DO NOTHING
