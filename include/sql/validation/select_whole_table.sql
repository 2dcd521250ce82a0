-- grain: one value of the newest accepted hand-in of a unit on a form
-- parameters: scheme, period, form
-- writes: nothing
SELECT s.unit_code, v.field, v.value
FROM submission s
JOIN submission_value v ON v.sha256 = s.sha256
WHERE s.scheme = :scheme AND s.period = :period AND s.form = :form AND s.status = 'accepted'
    AND v.value IS NOT NULL
    AND s.version = (
        SELECT MAX(n.version)
        FROM submission n
        WHERE n.scheme = s.scheme AND n.form = s.form AND n.period = s.period AND n.unit_code = s.unit_code
            AND n.status = 'accepted'
    )
