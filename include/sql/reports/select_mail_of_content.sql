-- grain: the mail that an archived content is; nothing for any other
-- parameters: sha256
-- writes: nothing
SELECT subject_line
FROM mail
WHERE sha256 = :sha256
LIMIT 1
