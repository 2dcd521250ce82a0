-- grain: one notice that a sent mail carried, of the periods or of no period, to or about some units or a street; or about some arrivals
-- parameters: any_code (units), street_code, any_delivery, any_period
-- writes: nothing
SELECT
    mail.id AS mail_id, mail.sha256, notice.kind, notice.subject, notice.unit_code, notice.street_code,
    notice.scheme, notice.period, notice.due_at
FROM notice
INNER JOIN mail ON mail.id = notice.mail_id
WHERE mail.state = 'sent' AND notice.unit_code IN :any_code AND (notice.period IN :any_period OR notice.period = '')
UNION
SELECT
    mail.id AS mail_id, mail.sha256, notice.kind, notice.subject, notice.unit_code, notice.street_code,
    notice.scheme, notice.period, notice.due_at
FROM notice
INNER JOIN mail ON mail.id = notice.mail_id
WHERE mail.state = 'sent' AND notice.street_code = :street_code AND (notice.period IN :any_period OR notice.period = '')
UNION
SELECT
    mail.id AS mail_id, mail.sha256, notice.kind, notice.subject, notice.unit_code, notice.street_code,
    notice.scheme, notice.period, notice.due_at
FROM notice
INNER JOIN mail ON mail.id = notice.mail_id
WHERE mail.state = 'sent' AND notice.subject IN :any_delivery
