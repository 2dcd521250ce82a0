-- grain: one arrival of a file from some units that names the period, or that came in the period's time (see include/reports/out.py)
-- parameters: any_code (units), scheme, period, nobodys (as in select_deliveries), from_at, until_at
-- writes: nothing
SELECT
    delivery.id, delivery.name, delivery.sha256, delivery.bytes, delivery.received_at, delivery.unit_code,
    delivery.version, delivery.status, delivery.message, delivery.seconds,
    submission.unit_code AS submitted_by, submission.period, submission.form, submission.version AS submitted_version,
    submission.returned_sha256
FROM submission
CROSS JOIN delivery
WHERE
    submission.unit_code IN :any_code AND submission.scheme = :scheme AND delivery.sha256 = submission.sha256
    AND (submission.period = :period OR (delivery.received_at >= :from_at AND delivery.received_at < :until_at))
UNION
SELECT
    delivery.id, delivery.name, delivery.sha256, delivery.bytes, delivery.received_at, delivery.unit_code,
    delivery.version, delivery.status, delivery.message, delivery.seconds,
    submission.unit_code AS submitted_by, submission.period, submission.form, submission.version AS submitted_version,
    submission.returned_sha256
FROM delivery
LEFT JOIN submission ON submission.sha256 = delivery.sha256
WHERE
    delivery.unit_code IN :any_code AND COALESCE(submission.scheme, delivery.scheme, :nobodys) = :scheme
    AND delivery.received_at >= :from_at AND delivery.received_at < :until_at
