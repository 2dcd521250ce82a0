-- grain: one cell that a hand-in answered by the moment took over from an earlier version
-- parameters: as_of_at
-- writes: nothing
SELECT submission.scheme, submission.form, submission.period, submission.unit_code, submission.version, merged_value.field,
    merged_value.version AS taken_from, merged_value.own_value
FROM merged_value
JOIN submission ON submission.sha256 = merged_value.sha256
WHERE EXISTS (
    SELECT 1
    FROM delivery
    WHERE delivery.sha256 = submission.sha256 AND delivery.status = 'accepted' AND delivery.answered_at <= :as_of_at
)
ORDER BY submission.scheme, submission.form, submission.period, submission.unit_code, submission.version, merged_value.field
