-- grain: one figure of the newest accepted version of each form of a unit of the street
-- parameters: scheme, period, first_street, last_street, on_date (the registry's day)
-- writes: nothing
SELECT submission.unit_code, submission.form, submission_value.field, submission_value.value
FROM unit
CROSS JOIN submission -- in this order, as scoring/select_submissions
CROSS JOIN submission_value
WHERE unit.code = submission.unit_code
    AND submission_value.sha256 = submission.sha256
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND submission.scheme = :scheme
    AND submission.period = :period
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND submission_value.value IS NOT NULL
    AND submission.version = (
        SELECT MAX(newest.version)
        FROM submission AS newest
        WHERE newest.scheme = submission.scheme
            AND newest.form = submission.form
            AND newest.period = submission.period
            AND newest.unit_code = submission.unit_code
            AND newest.status = 'accepted'
    )
ORDER BY submission.unit_code, submission.form, submission_value.field
