-- grain: one hand-in of a unit of the street, received by the moment, by version: a version is merged with those before it,
--   whatever the clocks say
-- parameters: scheme, period, first_street, last_street, on_date (the registry's day), as_of_at
-- writes: nothing
SELECT submission.sha256, submission.form, submission.unit_code, submission.version, submission.status, submission.received_at
FROM unit
CROSS JOIN submission -- SQLite: in this order, or it goes through every hand-in of the system for each street
WHERE unit.code = submission.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND submission.scheme = :scheme
    AND submission.period = :period
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND submission.received_at <= :as_of_at
ORDER BY submission.unit_code, submission.form, submission.version
