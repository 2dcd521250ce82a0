-- grain: one kind of notice of which some were not tried yet
-- parameters: none
-- writes: nothing
SELECT DISTINCT notice.kind
FROM notice
LEFT JOIN mail ON mail.id = notice.mail_id
WHERE notice.state IN ('pending', 'sending') AND COALESCE(mail.attempts, 0) = 0
