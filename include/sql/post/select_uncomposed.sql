-- grain: every due notice without a mail, of the next recipients by address
-- parameters: after (last recipient done), batch (recipients), due_at (now)
-- writes: nothing
SELECT id, kind, recipient, unit_code, period, revision, due_at, copy_to, payload, attachments, signed
FROM notice
WHERE
    state = 'pending' AND mail_id IS NULL AND due_at <= :due_at
    AND recipient IN (
        SELECT DISTINCT recipient
        FROM notice
        WHERE state = 'pending' AND mail_id IS NULL AND due_at <= :due_at AND recipient > :after
        ORDER BY recipient
        LIMIT :batch
    )
ORDER BY recipient, due_at, id
