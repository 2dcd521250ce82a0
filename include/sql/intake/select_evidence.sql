-- grain: one file that came as evidence with, or after, a unit's hand-in of a period, in the order of receipt
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT evidence.name, evidence.sha256
FROM submission
INNER JOIN evidence ON submission.sha256 = evidence.carrier_sha256
WHERE submission.scheme = :scheme AND submission.period = :period AND submission.unit_code = :unit_code
ORDER BY submission.form, submission.version, evidence.position
