-- grain: open items that a period opened and its assessment, in this revision, no longer finds
-- parameters: assessment_id
-- writes: nothing
SELECT rectification_item.id, rectification_item.state
FROM rectification_item
JOIN assessment ON assessment.scheme = rectification_item.scheme AND assessment.period = rectification_item.opened_period
JOIN score ON score.assessment_id = assessment.id AND score.unit_code = rectification_item.unit_code
WHERE
    assessment.id = :assessment_id AND rectification_item.is_open
    AND NOT EXISTS (
        SELECT 1
        FROM score_line
        WHERE
            score_line.assessment_id = assessment.id AND score_line.unit_code = rectification_item.unit_code
            AND score_line.indicator = rectification_item.indicator AND score_line.has_problem
    )
ORDER BY rectification_item.id
