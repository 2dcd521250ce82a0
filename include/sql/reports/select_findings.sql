-- grain: one thing that a check found wrong with a hand-in, what returns it first
-- parameters: sha256
-- writes: nothing
SELECT check_code, field, severity, message
FROM finding
WHERE sha256 = :sha256
ORDER BY severity, check_code
