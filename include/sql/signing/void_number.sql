-- writes: document_number, 作废: the number stays taken
-- parameters: circular_id
UPDATE document_number
SET is_void = TRUE
WHERE circular_id = :circular_id
