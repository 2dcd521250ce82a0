-- grain: one sheet of a packet, an arrival of its own that came as the packet did; the same again changes nothing
-- parameters: id, sha256, bytes, file_name, packet (the arrival of the packet)
-- writes: delivery
INSERT INTO delivery (
    id, sha256, bytes, name, channel, sender, sender_trust, codes, received_at, status, attempts, message, packet, scheme,
    streets
)
SELECT
    :id, :sha256, :bytes, :file_name, came.channel, came.sender, came.sender_trust, came.codes, came.received_at,
    'waiting', 0, '', came.id, came.scheme, came.streets
FROM delivery AS came
WHERE came.id = :packet
ON CONFLICT (id) DO NOTHING
