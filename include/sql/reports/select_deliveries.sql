-- grain: one arrival of a file that names the period, or that came in the period's time (see include/reports/out.py)
-- parameters: scheme, period, nobodys (the system that is taken where neither file nor arrival names one), from_at, until_at
-- writes: nothing
SELECT
    delivery.id, delivery.name, delivery.sha256, delivery.bytes, delivery.received_at, delivery.unit_code,
    delivery.version, delivery.status, delivery.message, delivery.seconds, delivery.streets,
    submission.unit_code AS submitted_by, submission.period, submission.form, submission.version AS submitted_version,
    submission.returned_sha256
FROM delivery
LEFT JOIN submission ON submission.sha256 = delivery.sha256
WHERE
    (submission.scheme = :scheme AND submission.period = :period)
    OR (
        COALESCE(submission.scheme, delivery.scheme, :nobodys) = :scheme
        AND delivery.received_at >= :from_at AND delivery.received_at < :until_at
    )
