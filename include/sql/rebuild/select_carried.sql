-- grain: one notice about rectification that a mail carried: what a reply to that mail answers
-- parameters: none
-- writes: nothing
SELECT id, mail_id
FROM notice
WHERE mail_id IS NOT NULL AND kind LIKE 'rectification%'
ORDER BY id
