-- grain: one problem of an assessment, in the order of units and scheme
-- parameters: assessment_id
-- writes: nothing
SELECT
    assessment.scheme,
    assessment.period,
    assessment.revision,
    score_line.unit_code,
    score.unit_name,
    score_line.indicator,
    score_line.problem,
    score_line.details,
    score_line.deadline_working_days
FROM score_line
JOIN assessment ON assessment.id = score_line.assessment_id
JOIN score ON score.assessment_id = score_line.assessment_id AND score.unit_code = score_line.unit_code
WHERE score_line.assessment_id = :assessment_id AND score_line.has_problem
ORDER BY score_line.unit_code, score_line.position
