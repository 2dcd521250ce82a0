-- grain: one unit and indicator of the assessment; the problem of a unit that was not scored is not a line of points
-- parameters: assessment_id, missing_code (the scheme's code for that problem)
-- writes: nothing
SELECT unit_code, indicator, points, "full", outcome, explanation
FROM score_line
WHERE assessment_id = :assessment_id AND indicator <> :missing_code
