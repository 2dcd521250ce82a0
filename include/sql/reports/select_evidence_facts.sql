-- grain: one figure that evidence is asked for, of the newest accepted version of a form of a unit; then one file (`name`, the rest
--   empty) that came as evidence with any version of a form of the unit
-- parameters: scheme, period, first_street, last_street, on_date (the registry's day), unit_code (empty: all), any_field
-- writes: nothing
SELECT submission.unit_code, submission.form, submission_value.field, submission_value.value, '' AS name
FROM unit
CROSS JOIN submission -- SQLite: in this order, or it goes through every hand-in of the system for each street
INNER JOIN submission_value ON submission.sha256 = submission_value.sha256
WHERE unit.code = submission.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND (:unit_code = '' OR unit.code = :unit_code)
    AND submission.scheme = :scheme
    AND submission.period = :period
    AND submission.status = 'accepted'
    AND submission_value.field IN :any_field
    AND NOT EXISTS (
        SELECT 1
        FROM submission AS newer
        WHERE
            newer.scheme = submission.scheme AND newer.form = submission.form AND newer.period = submission.period
            AND newer.unit_code = submission.unit_code AND newer.status = 'accepted' AND newer.version > submission.version
    )
UNION ALL
SELECT submission.unit_code, '', '', '', evidence.name
FROM unit
CROSS JOIN submission
INNER JOIN evidence ON submission.sha256 = evidence.carrier_sha256
WHERE unit.code = submission.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND (:unit_code = '' OR unit.code = :unit_code)
    AND submission.scheme = :scheme
    AND submission.period = :period
