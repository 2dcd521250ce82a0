-- grain: one cell of some hand-ins, filled in or not
-- parameters: any_sha256
-- writes: nothing
SELECT sha256, field, reported, value, source_cell
FROM submission_value
WHERE sha256 IN :any_sha256
