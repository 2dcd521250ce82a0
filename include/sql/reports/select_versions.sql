-- grain: one version of a form that a unit handed in for a period, the newest first; `arrival`: the one that it was answered as
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT
    submission.form, submission.version, submission.status, submission.received_at, submission.sha256,
    submission.returned_sha256, submission.returned_name,
    (SELECT MIN(delivery.name) FROM delivery WHERE delivery.sha256 = submission.sha256) AS file_name,
    (
        SELECT MIN(delivery.id)
        FROM delivery
        WHERE delivery.sha256 = submission.sha256 AND delivery.status IN ('accepted', 'returned')
    ) AS arrival
FROM submission
WHERE submission.scheme = :scheme AND submission.period = :period AND submission.unit_code = :unit_code
ORDER BY submission.received_at DESC, submission.version DESC
