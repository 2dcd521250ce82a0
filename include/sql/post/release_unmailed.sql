-- grain: notices that were assigned to a mail which then was not put in: they stay due
-- parameters: first, last (recipients)
-- writes: notice
UPDATE notice
SET mail_id = NULL
WHERE
    state = 'pending' AND recipient BETWEEN :first AND :last AND mail_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM mail WHERE mail.id = notice.mail_id)
