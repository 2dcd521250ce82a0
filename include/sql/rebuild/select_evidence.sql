-- grain: one photo or paper that came with an arrival, which no arrival of its own brings again
-- parameters: as_of_at
-- writes: nothing
SELECT carrier_sha256, name, sha256, bytes
FROM evidence
WHERE EXISTS (
    SELECT 1 FROM delivery WHERE delivery.sha256 = evidence.carrier_sha256 AND delivery.received_at <= :as_of_at
)
ORDER BY carrier_sha256, position
