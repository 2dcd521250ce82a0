-- grain: one row; what waits for someone, to be told to ops
-- parameters: none
-- reads: delivery, mail, notice
SELECT (SELECT COUNT(*) FROM delivery WHERE status = 'waiting') AS waiting_files,
       (SELECT COUNT(*) FROM mail WHERE state = 'unknown') AS unknown_mails,
       (SELECT COUNT(*) FROM mail WHERE state = 'failed') AS failed_mails,
       (SELECT COUNT(*) FROM notice WHERE state = 'failed' AND mail_id IS NULL) AS unwritten_notices
