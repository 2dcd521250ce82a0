-- grain: a unit's result
-- parameters: assessment_id, unit_code
-- writes: nothing
SELECT unit_name, total, "rank", grade, grade_reason, status, days_late
FROM score
WHERE assessment_id = :assessment_id AND unit_code = :unit_code
