-- grain: one row a unit and indicator of the assessment, by unit code and order in the scheme
-- parameters: assessment_id
SELECT unit_code, indicator, position, points, "full" AS full_points, outcome, explanation, has_problem, problem,
       deadline_working_days, details
FROM score_line
WHERE assessment_id = :assessment_id
ORDER BY unit_code, position, indicator
