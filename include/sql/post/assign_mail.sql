-- grain: one notice that no mail carries yet and that is still wanted
-- parameters: id, mail_id
-- writes: notice
UPDATE notice
SET mail_id = :mail_id
WHERE id = :id AND mail_id IS NULL AND state = 'pending'
