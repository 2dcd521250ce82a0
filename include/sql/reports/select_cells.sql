-- grain: one figure of a hand-in of some units to a form of a period, with the cell that it stands in
-- parameters: any_code (units), scheme, period, form, any_field
-- writes: nothing
SELECT submission.unit_code, submission.version, submission_value.field, submission_value.source_cell
FROM submission
JOIN submission_value ON submission_value.sha256 = submission.sha256
WHERE submission.unit_code IN :any_code
    AND submission.scheme = :scheme
    AND submission.period = :period
    AND submission.form = :form
    AND submission_value.field IN :any_field
