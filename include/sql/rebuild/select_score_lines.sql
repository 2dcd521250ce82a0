-- grain: one unit and indicator of an assessment
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, indicator, position, points, "full" AS full_points, outcome, explanation, has_problem, problem,
    deadline_working_days, details
FROM score_line
WHERE assessment_id = :assessment_id
ORDER BY unit_code, position
