-- grain: one row a kind of notice that waits, though no other try of its mail is due later; before, ahead: of what moments
-- parameters: hour_at, day_at (an hour, a day and more ago), now_at
-- reads: notice, mail
SELECT
    notice.kind,
    SUM(CASE WHEN notice.due_at <= :hour_at THEN 1 ELSE 0 END) AS waiting_an_hour,
    SUM(CASE WHEN notice.due_at <= :day_at THEN 1 ELSE 0 END) AS waiting_a_day,
    SUM(CASE WHEN notice.due_at > :now_at THEN 1 ELSE 0 END) AS ahead,
    MAX(notice.due_at) AS latest_at
FROM notice
LEFT JOIN mail ON mail.id = notice.mail_id
WHERE notice.state = 'pending'
  AND (mail.id IS NULL OR (mail.state IN ('pending', 'sending') AND COALESCE(mail.next_attempt_at, :now_at) <= :now_at))
GROUP BY notice.kind
ORDER BY notice.kind
