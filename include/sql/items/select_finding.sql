-- grain: whether the newest official result of a unit's period finds a problem at an indicator
-- parameters: scheme, period, unit_code, origin_code (where the item was found, if elsewhere), indicator
-- writes: nothing
SELECT
    EXISTS (
        SELECT 1
        FROM score_line
        WHERE
            score_line.assessment_id = assessment.id AND score_line.unit_code = score.unit_code
            AND score_line.indicator = :indicator AND score_line.has_problem
    ) AS has_problem
FROM assessment
JOIN score ON score.assessment_id = assessment.id AND score.unit_code IN (:unit_code, :origin_code)
WHERE assessment.scheme = :scheme AND assessment.period = :period AND assessment.is_official
ORDER BY assessment.revision DESC, has_problem DESC
LIMIT 1
