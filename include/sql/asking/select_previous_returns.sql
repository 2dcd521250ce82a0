-- grain: one check that a cell failed in the last version of a unit's form of the period that went back
-- parameters: scheme, period, first_street, last_street, on_date (the registry's day)
-- writes: nothing
SELECT submission.unit_code, submission.form, finding.field, finding.check_code, finding.found, finding.expected
FROM submission
JOIN finding ON finding.sha256 = submission.sha256 AND finding.severity = 'fail'
JOIN unit
    ON unit.code = submission.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
WHERE submission.scheme = :scheme
    AND submission.period = :period
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND submission.version = (
        SELECT MAX(newest.version)
        FROM submission AS newest
        WHERE newest.scheme = submission.scheme
            AND newest.form = submission.form
            AND newest.period = submission.period
            AND newest.unit_code = submission.unit_code
            AND newest.status = 'returned'
    )
ORDER BY submission.unit_code, submission.form, finding.field, finding.check_code
