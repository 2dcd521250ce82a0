-- grain: one finding of one of some hand-ins
-- parameters: any_sha256
-- writes: nothing
SELECT sha256, check_code, field, severity, outcome, found, expected, message
FROM finding
WHERE sha256 IN :any_sha256
