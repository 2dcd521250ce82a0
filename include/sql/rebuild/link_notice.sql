-- grain: one notice and the mail that once carried it, so that the reply to that mail finds it again
-- parameters: id, mail_id
-- writes: notice
UPDATE notice
SET mail_id = :mail_id
WHERE id = :id
