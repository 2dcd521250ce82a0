-- grain: one unit of an assessment
-- parameters: assessment_id, unit_code, inputs
-- writes: score
UPDATE score
SET inputs = :inputs
WHERE assessment_id = :assessment_id AND unit_code = :unit_code
