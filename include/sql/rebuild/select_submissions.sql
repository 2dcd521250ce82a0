-- grain: one hand-in answered by the moment, by period, unit and version
-- parameters: as_of_at
-- writes: nothing
SELECT submission.scheme, submission.form, submission.period, submission.unit_code, submission.version,
    submission.sha256, submission.scheme_version, submission.status, submission.received_at
FROM submission
WHERE EXISTS (
    SELECT 1
    FROM delivery
    WHERE delivery.sha256 = submission.sha256 AND delivery.answered_at <= :as_of_at
)
ORDER BY submission.scheme, submission.form, submission.period, submission.unit_code, submission.version
