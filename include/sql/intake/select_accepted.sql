-- grain: one accepted version of a unit's form, oldest first; sender: whom it came from, empty for the inbox;
--   is_merged: some of its values were taken over from earlier versions
-- parameters: scheme, form, period, unit_code
-- writes: nothing
SELECT
    submission.sha256, submission.version, submission.received_at,
    (
        SELECT delivery.sender
        FROM delivery
        WHERE delivery.sha256 = submission.sha256 AND delivery.status = 'accepted'
        ORDER BY delivery.received_at, delivery.id
        LIMIT 1
    ) AS sender,
    EXISTS (SELECT 1 FROM merged_value WHERE merged_value.sha256 = submission.sha256) AS is_merged
FROM submission
WHERE
    submission.scheme = :scheme
    AND submission.form = :form
    AND submission.period = :period
    AND submission.unit_code = :unit_code
    AND submission.status = 'accepted'
ORDER BY submission.version
