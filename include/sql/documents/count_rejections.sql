-- grain: one row, how often a document was sent back
-- parameters: circular_id
SELECT COUNT(*) AS rejections
FROM decision
WHERE kind = 'rejection' AND field = :circular_id
