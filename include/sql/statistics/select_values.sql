-- grain: one figure that an assessment used
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, field, used
FROM score_value
WHERE assessment_id = :assessment_id
