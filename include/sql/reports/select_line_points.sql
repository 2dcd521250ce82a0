-- grain: one line of the assessment: the points of a unit for an indicator, in the order of the system
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, indicator, points, "full" AS full_points, outcome
FROM score_line
WHERE assessment_id = :assessment_id
ORDER BY unit_code, position
