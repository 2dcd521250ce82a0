-- grain: one notice about items of rectification that a mail carried, in the order of the mail
-- parameters: mail_id
-- writes: nothing
SELECT unit_code, payload
FROM notice
WHERE mail_id = :mail_id AND kind LIKE 'rectification\_%' ESCAPE '\'
ORDER BY due_at, id
