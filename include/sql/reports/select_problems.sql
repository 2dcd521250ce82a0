-- grain: one problem that the assessment found
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, indicator, problem
FROM score_line
WHERE assessment_id = :assessment_id AND has_problem
