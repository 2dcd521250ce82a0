-- grain: one assessment
-- parameters: id, input_hash
-- writes: assessment
UPDATE assessment
SET input_hash = :input_hash
WHERE id = :id
