-- grain: one unit and indicator of the assessment that has points out of full marks
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, indicator, points, "full" AS full_points, points_exact
FROM score_line
WHERE assessment_id = :assessment_id AND points IS NOT NULL AND "full" IS NOT NULL
ORDER BY unit_code, position
