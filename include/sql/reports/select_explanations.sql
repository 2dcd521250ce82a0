-- grain: a notice with the mail that carries it: of a period, or those that fell due between two moments and each earlier one
--   that still waits, failed or is undecided
-- parameters: period (empty: any), unit_code (empty: all units), from_at, until_at (null: no bound)
-- writes: nothing
SELECT
    notice.id,
    notice.unit_code,
    notice.street_code,
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
    mail.error,
    mail.sha256 AS mail_sha256
FROM notice
LEFT JOIN mail ON mail.id = notice.mail_id
WHERE
    (:period = '' OR notice.period = :period)
    AND (:unit_code = '' OR notice.unit_code = :unit_code)
    AND (:until_at IS NULL OR notice.due_at <= :until_at)
    AND (:from_at IS NULL OR notice.due_at >= :from_at OR notice.state IN ('pending', 'failed', 'unknown'))
ORDER BY notice.unit_code, notice.due_at, notice.kind, notice.subject, notice.stage, notice.id
