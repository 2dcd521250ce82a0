-- grain: one draft that somebody was mailed to be signed, the newest first; the last fifty
-- parameters: recipient
-- writes: nothing
SELECT notice.kind, notice.subject, notice.recipient, notice.payload, notice.mail_id, mail.sha256 AS sent_sha256
FROM notice
INNER JOIN mail ON mail.id = notice.mail_id
WHERE notice.state = 'sent' AND notice.recipient = :recipient AND notice.kind = 'approval_waiting'
ORDER BY notice.due_at DESC, notice.id
LIMIT 50
