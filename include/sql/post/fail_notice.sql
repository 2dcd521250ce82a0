-- grain: one notice that could not be made into a mail
-- parameters: id, reason
-- writes: notice
UPDATE notice
SET state = 'failed', reason = :reason
WHERE id = :id AND state = 'pending' AND mail_id IS NULL
