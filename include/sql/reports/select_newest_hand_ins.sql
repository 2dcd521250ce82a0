-- grain: the newest version of each form of a period that a unit, or an office, handed in, with what was wrong with it
-- parameters: scheme, period
-- writes: nothing
SELECT
    submission.unit_code, submission.form, submission.version, submission.status, submission.received_at,
    submission.sha256, submission.returned_sha256, submission.returned_name,
    (
        SELECT MIN(delivery.name)
        FROM delivery
        WHERE delivery.sha256 = submission.sha256
    ) AS file_name,
    (
        SELECT COUNT(*)
        FROM finding
        WHERE finding.sha256 = submission.sha256 AND finding.severity = 'fail'
    ) AS failures
FROM submission
WHERE
    submission.scheme = :scheme AND submission.period = :period
    AND NOT EXISTS (
        SELECT 1
        FROM submission AS newer
        WHERE
            newer.scheme = submission.scheme AND newer.form = submission.form AND newer.period = submission.period
            AND newer.unit_code = submission.unit_code AND newer.version > submission.version
    )
