-- grain: notices that have not been told what became of their mail, its sender having been stopped in between
-- parameters: none
-- writes: notice
UPDATE notice
SET state = mail.state, reason = mail.error
FROM mail
WHERE
    mail.id = notice.mail_id AND notice.state IN ('pending', 'unknown')
    AND mail.state IN ('sent', 'failed', 'unknown') AND mail.state <> notice.state
