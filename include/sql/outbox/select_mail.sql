-- grain: one mail
-- parameters: id
-- writes: nothing
SELECT id, recipient, subject_line, state
FROM mail
WHERE id = :id
