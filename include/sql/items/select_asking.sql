-- grain: one notice about items of rectification that a mail carried, in the order of the mail, with the mail as it was sent
-- parameters: mail_id
-- writes: nothing
SELECT notice.kind, notice.unit_code, notice.payload, mail.sha256 AS sent_sha256
FROM notice
LEFT JOIN mail ON mail.id = notice.mail_id
WHERE notice.mail_id = :mail_id AND notice.kind LIKE 'rectification\_%' ESCAPE '\'
ORDER BY notice.due_at, notice.id
