-- grain: one cell of some sheets that rate, filled in or not
-- parameters: any_sha256
-- writes: nothing
SELECT sha256, field, value
FROM submission_value
WHERE sha256 IN :any_sha256
