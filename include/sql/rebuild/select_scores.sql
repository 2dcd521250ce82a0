-- grain: one unit of an assessment
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, unit_name, total, rank, grade, status, days_late, sha256, inputs
FROM score
WHERE assessment_id = :assessment_id
ORDER BY unit_code
