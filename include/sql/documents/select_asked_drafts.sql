-- grain: one mail to the committee that a draft waits, with the draft as it was then; the newest first
-- parameters: circular_id
-- writes: nothing
SELECT stage, due_at, attachments
FROM notice
WHERE kind = 'approval_waiting' AND subject = :circular_id
ORDER BY due_at DESC, id
