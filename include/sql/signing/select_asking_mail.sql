-- grain: the draft that a mail brought to be signed, with the mail as it was sent; none or one
-- parameters: mail_id
-- writes: nothing
SELECT notice.kind, notice.subject, notice.recipient, notice.payload, notice.mail_id, mail.sha256 AS sent_sha256
FROM notice
LEFT JOIN mail ON mail.id = notice.mail_id
WHERE notice.mail_id = :mail_id AND notice.kind = 'approval_waiting'
ORDER BY notice.id
LIMIT 1
