-- grain: the notices of one mail, told what became of it where the mail itself was told
-- parameters: mail_id, state, reason
-- writes: notice
UPDATE notice
SET state = :state, reason = :reason
WHERE mail_id = :mail_id AND EXISTS (SELECT 1 FROM mail WHERE mail.id = :mail_id AND mail.state = :state)
