-- grain: notices of mails that have become unknown
-- parameters: reason
-- writes: notice
UPDATE notice
SET state = 'unknown', reason = :reason
WHERE state = 'pending' AND mail_id IN (SELECT id FROM mail WHERE state = 'unknown')
