-- grain: one row an arrival of a file; the same arrival again changes nothing
-- parameters: id, sha256, bytes, file_name, channel, sender, sender_trust, codes, received_at, packet (the arrival that it was a sheet of),
--   scheme (the system that is collected), streets (of the person who handed it in)
-- writes: delivery
INSERT INTO delivery (id, sha256, bytes, name, channel, sender, sender_trust, codes, received_at, status, attempts, message, packet, scheme, streets)
VALUES (:id, :sha256, :bytes, :file_name, :channel, :sender, :sender_trust, :codes, :received_at, 'waiting', 0, '', :packet, :scheme, :streets)
ON CONFLICT (id) DO NOTHING
