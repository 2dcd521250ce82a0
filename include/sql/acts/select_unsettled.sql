-- grain: one mail that the machine could not settle, as a person names it, the oldest first
-- parameters: wanted, the address or the beginning of the id, in lower case
-- writes: nothing
SELECT id, recipient, subject_line, state, claimed_at, handed_at
FROM mail
WHERE state IN ('unknown', 'failed')
    AND (LOWER(recipient) = :wanted OR SUBSTR(id, 1, LENGTH(:wanted)) = :wanted)
ORDER BY due_at, id
