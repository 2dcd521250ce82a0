-- grain: one draft that a person was asked about and has not answered, oldest first
-- parameters: none
SELECT c.id, c.asked_at
FROM circular c
WHERE c.state = 'draft' AND c.asked_at IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM decision d
      WHERE d.kind = 'rejection' AND d.field = c.id AND d.decided_at >= c.asked_at
  )
ORDER BY c.asked_at, c.id
