-- grain: one row a unit of the assessment with what decided it (JSON), by unit code
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, inputs
FROM score
WHERE assessment_id = :assessment_id
ORDER BY unit_code
