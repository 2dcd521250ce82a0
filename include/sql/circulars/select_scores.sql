-- grain: one row a unit of the assessment, by unit code
-- parameters: assessment_id
SELECT unit_code, unit_name, total, rank, grade, grade_reason, status, days_late
FROM score
WHERE assessment_id = :assessment_id
ORDER BY unit_code
