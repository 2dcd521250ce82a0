-- grain: one unit of an assessment with what decided its result
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, unit_name, inputs
FROM score
WHERE assessment_id = :assessment_id
ORDER BY unit_code
