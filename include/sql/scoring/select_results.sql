-- grain: one of some units with its newest official (or checkpoint) result in a period, whichever street scored it then
-- parameters: scheme, period, any_code, the units
-- writes: nothing
SELECT score.unit_code, score.total AS old_total, score.rank AS old_rank, score.grade AS old_grade,
    score.status AS old_status, assessment.scheme_version AS old_version, assessment.id AS older_id
FROM score
JOIN assessment ON assessment.id = score.assessment_id
WHERE score.unit_code IN :any_code
    AND assessment.scheme = :scheme
    AND assessment.period = :period
    AND NOT EXISTS (
        SELECT 1
        FROM assessment AS newer
        WHERE newer.scheme = assessment.scheme
            AND newer.period = assessment.period
            AND newer.street_code = assessment.street_code
            AND newer.revision > assessment.revision
    )
ORDER BY score.unit_code, assessment.assessed_at, assessment.id
