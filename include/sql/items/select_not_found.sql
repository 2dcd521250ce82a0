-- grain: one open item of the units of an assessment, whose problem the assessment does not find
-- parameters: assessment_id
-- writes: nothing
SELECT DISTINCT
    rectification_item.id, rectification_item.state, rectification_item.scheme, rectification_item.unit_code,
    rectification_item.origin_code, rectification_item.indicator, assessment.period
FROM assessment
JOIN score ON score.assessment_id = assessment.id
JOIN rectification_item
    ON
        rectification_item.scheme = assessment.scheme
        AND score.unit_code IN (rectification_item.unit_code, rectification_item.origin_code)
WHERE
    assessment.id = :assessment_id AND rectification_item.kind = 'rectification' AND rectification_item.is_open
    AND NOT EXISTS (
        SELECT 1
        FROM score_line
        WHERE
            score_line.assessment_id = assessment.id AND score_line.unit_code IN (rectification_item.unit_code, rectification_item.origin_code)
            AND score_line.indicator = rectification_item.indicator AND score_line.has_problem
    )
ORDER BY rectification_item.id
