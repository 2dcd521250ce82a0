-- grain: what one check found of the hand-ins of a street's or county's period, by how many units and versions
-- parameters: scheme, period; first_street, last_street (its streets), scope (its code, of forms that the office fills in)
-- writes: nothing
SELECT
    submission.form, finding.field, finding.check_code, finding.severity,
    COUNT(DISTINCT submission.unit_code) AS units, COUNT(*) AS versions, MIN(finding.message) AS example
FROM submission
INNER JOIN finding ON finding.sha256 = submission.sha256
WHERE
    submission.scheme = :scheme AND submission.period = :period
    AND (
        submission.unit_code = :scope
        OR EXISTS (
            SELECT 1
            FROM unit
            WHERE unit.code = submission.unit_code AND unit.street_code BETWEEN :first_street AND :last_street
        )
    )
GROUP BY submission.form, finding.field, finding.check_code, finding.severity
ORDER BY units DESC, submission.form, finding.field, finding.check_code
