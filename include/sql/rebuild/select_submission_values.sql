-- grain: one cell of a hand-in answered by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT submission_value.sha256, submission_value.field, submission_value.reported, submission_value.value,
    submission_value.source_cell
FROM submission_value
WHERE EXISTS (
    SELECT 1
    FROM delivery
    WHERE delivery.sha256 = submission_value.sha256 AND delivery.answered_at <= :as_of_at
)
ORDER BY submission_value.sha256, submission_value.field
