-- grain: one cell of an accepted hand-in of a unit of the street, received by the moment
-- parameters: scheme, period, any_form, first_street, last_street, on_date (the registry's day), as_of_at
-- writes: nothing
SELECT submission_value.sha256, submission_value.field, submission_value.reported, submission_value.value,
    submission_value.source_cell
FROM unit
CROSS JOIN submission -- in this order, as select_submissions
CROSS JOIN submission_value
WHERE unit.code = submission.unit_code
    AND submission_value.sha256 = submission.sha256
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND submission.scheme = :scheme
    AND submission.period = :period
    AND submission.form IN :any_form
    AND submission.status = 'accepted'
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND submission.received_at <= :as_of_at
