-- grain: one sender that holds mails
-- parameters: none
-- writes: nothing
SELECT DISTINCT claimed_by
FROM mail
WHERE state = 'sending'
ORDER BY claimed_by
