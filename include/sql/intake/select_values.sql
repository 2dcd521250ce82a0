-- grain: one reported figure of a hand-in
-- parameters: sha256
-- writes: nothing
SELECT field, value
FROM submission_value
WHERE sha256 = :sha256
