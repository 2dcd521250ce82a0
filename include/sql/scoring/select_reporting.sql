-- grain: at most one row, a unit of the assessment whose status is another than 未报
-- parameters: assessment_id, missing (that status)
-- reads: score
SELECT unit_code
FROM score
WHERE assessment_id = :assessment_id AND status <> :missing
LIMIT 1
