-- grain: one subject or office with a period of which it has handed in a sheet of a ledger, in a street or county
-- parameters: scheme, form, first_street, last_street, known_at
-- writes: nothing
SELECT DISTINCT submission.unit_code, submission.period
FROM submission
JOIN unit ON unit.code = submission.unit_code
WHERE submission.scheme = :scheme
    AND submission.form = :form
    AND submission.status = 'accepted'
    AND submission.received_at <= :known_at
    AND unit.street_code BETWEEN :first_street AND :last_street
