-- grain: one cell of a hand-in, with what its file said where the value was taken over from an earlier version
-- parameters: sha256
-- writes: nothing
SELECT
    submission_value.field, submission_value.reported, submission_value.value, submission_value.source_cell,
    merged_value.version AS taken_from, merged_value.own_value
FROM submission_value
LEFT JOIN merged_value
    ON merged_value.sha256 = submission_value.sha256 AND merged_value.field = submission_value.field
WHERE submission_value.sha256 = :sha256
