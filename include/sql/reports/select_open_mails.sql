-- grain: mails that a person has to look at
-- parameters: none
-- writes: nothing
SELECT id, recipient, copy_to, subject_line, state, attempts, handed_at, error
FROM mail
WHERE state IN ('unknown', 'failed')
ORDER BY due_at, id
