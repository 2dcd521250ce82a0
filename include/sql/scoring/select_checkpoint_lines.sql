-- grain: one row a unit and indicator of an assessment
-- parameters: assessment_id
-- writes: nothing
SELECT l.unit_code, s.total, l.indicator, l.explanation, l.problem
FROM score_line l
JOIN score s ON s.assessment_id = l.assessment_id AND s.unit_code = l.unit_code
WHERE l.assessment_id = :assessment_id
ORDER BY l.unit_code, l.position
