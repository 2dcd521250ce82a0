-- grain: what one check found of the hand-ins of a period, by how many units and versions
-- parameters: scheme, period
-- writes: nothing
SELECT
    submission.form, finding.field, finding.check_code, finding.severity,
    COUNT(DISTINCT submission.unit_code) AS units, COUNT(*) AS versions, MIN(finding.message) AS example
FROM submission
INNER JOIN finding ON finding.sha256 = submission.sha256
WHERE submission.scheme = :scheme AND submission.period = :period
GROUP BY submission.form, finding.field, finding.check_code, finding.severity
ORDER BY units DESC, submission.form, finding.field, finding.check_code
