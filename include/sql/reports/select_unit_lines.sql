-- grain: one line of a unit's result, in the order of the system
-- parameters: assessment_id, unit_code
-- writes: nothing
SELECT indicator, points, "full", outcome, explanation, has_problem, problem, deadline_working_days, details
FROM score_line
WHERE assessment_id = :assessment_id AND unit_code = :unit_code
ORDER BY position
