-- grain: one unit of the assessment
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, unit_name, total, rank, grade, status
FROM score
WHERE assessment_id = :assessment_id
