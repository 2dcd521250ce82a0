-- grain: one notice that no mail carries yet
-- parameters: id, mail_id
-- writes: notice
UPDATE notice
SET mail_id = :mail_id
WHERE id = :id AND mail_id IS NULL AND state = 'pending' AND EXISTS (SELECT 1 FROM mail WHERE mail.id = :mail_id)
