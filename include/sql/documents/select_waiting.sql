-- grain: one draft that a person was asked about and has not answered, oldest first
-- parameters: none
SELECT id, asked_at
FROM circular
WHERE state = 'draft' AND asked_at IS NOT NULL
ORDER BY asked_at, id
