-- grain: one mail, as a bounce may concern it
-- parameters: id
-- writes: nothing
SELECT id, recipient, copy_to, subject_line
FROM mail
WHERE id = :id
