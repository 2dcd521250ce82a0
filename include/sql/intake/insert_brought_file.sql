-- grain: one file that a mail brought; again changes nothing
-- parameters: sha256, mail_sha256
-- writes: brought_file
INSERT INTO brought_file (sha256, mail_sha256) VALUES (:sha256, :mail_sha256)
ON CONFLICT (sha256, mail_sha256) DO NOTHING
