-- grain: every notice of a period, with the mail that carries it
-- parameters: period, unit_code (empty: all units)
-- writes: nothing
SELECT
    notice.unit_code,
    notice.period,
    notice.kind,
    notice.subject,
    notice.stage,
    notice.revision,
    notice.recipient,
    notice.copy_to,
    notice.due_at,
    notice.state,
    notice.reason,
    notice.mail_id,
    mail.state AS mail_state,
    mail.attempts,
    mail.next_attempt_at,
    mail.sent_at,
    mail.error
FROM notice
LEFT JOIN mail ON mail.id = notice.mail_id
WHERE notice.period = :period AND (notice.unit_code = :unit_code OR :unit_code = '')
ORDER BY notice.unit_code, notice.due_at, notice.kind, notice.subject, notice.stage, notice.id
