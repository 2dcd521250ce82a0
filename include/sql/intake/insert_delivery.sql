-- grain: one row an arrival of a file; the same arrival again changes nothing
-- parameters: id, sha256, bytes, file_name, channel, sender, sender_trust, codes, received_at
-- writes: delivery
INSERT INTO delivery (id, sha256, bytes, name, channel, sender, sender_trust, codes, received_at, status, attempts, message)
VALUES (:id, :sha256, :bytes, :file_name, :channel, :sender, :sender_trust, :codes, :received_at, 'waiting', 0, '')
ON CONFLICT (id) DO NOTHING
