-- grain: one subject of an assessment
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, unit_name, status, inputs
FROM score
WHERE assessment_id = :assessment_id
