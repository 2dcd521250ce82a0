-- grain: one row; notices that no sender has tried yet, and mails that did not arrive
-- parameters: none
-- reads: notice, mail
SELECT (SELECT COUNT(*)
        FROM notice
        LEFT JOIN mail ON mail.id = notice.mail_id
        WHERE notice.state IN ('pending', 'sending') AND COALESCE(mail.attempts, 0) = 0) AS untried,
       (SELECT COUNT(*) FROM mail WHERE state = 'sent') AS sent,
       (SELECT COUNT(*) FROM mail WHERE state IN ('failed', 'unknown')) AS failed
