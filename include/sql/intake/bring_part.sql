-- grain: one file that holds a sheet of a packet: the packet, and each mail that brought it; again changes nothing
-- parameters: sha256, packet_sha256
-- writes: brought_file
INSERT INTO brought_file (sha256, mail_sha256)
SELECT CAST(:sha256 AS TEXT), CAST(:packet_sha256 AS TEXT)
UNION
SELECT CAST(:sha256 AS TEXT), mail_sha256
FROM brought_file
WHERE sha256 = :packet_sha256
ON CONFLICT (sha256, mail_sha256) DO NOTHING
