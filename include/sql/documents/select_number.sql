-- grain: the number that a circular holds, none or one
-- parameters: circular_id
SELECT prefix, year, sequence, is_void
FROM document_number
WHERE circular_id = :circular_id
