-- grain: one unit of the assessment with its class, of a system that has classes
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code AS code, '' AS "group", grade AS "class", grade_reason AS why
FROM score
WHERE assessment_id = :assessment_id
