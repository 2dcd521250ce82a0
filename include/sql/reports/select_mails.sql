-- grain: one notice that a sent mail carried, of the periods, of no period, or about an arrival of a file
-- parameters: any_period
-- writes: nothing
SELECT
    mail.id AS mail_id, mail.sha256, notice.kind, notice.subject, notice.unit_code, notice.street_code,
    notice.scheme, notice.period, notice.due_at
FROM notice
INNER JOIN mail ON mail.id = notice.mail_id
WHERE
    mail.state = 'sent'
    AND (
        notice.period IN :any_period
        OR notice.period = ''
        OR EXISTS (SELECT 1 FROM delivery WHERE delivery.id = notice.subject)
    )
