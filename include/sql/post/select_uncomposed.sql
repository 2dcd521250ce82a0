-- grain: every due notice without a mail, of the next recipients by address; the answers to a packet's sheets once all are given
-- parameters: after (last recipient done), batch (recipients), due_at (now)
-- writes: nothing
SELECT id, kind, stage, recipient, unit_code, period, revision, due_at, copy_to, payload, attachments, signed, bundle
FROM notice
WHERE
    state = 'pending' AND mail_id IS NULL AND due_at <= :due_at
    AND (bundle = '' OR NOT EXISTS (
        SELECT 1 FROM delivery WHERE delivery.packet = notice.bundle AND delivery.status = 'waiting'
    ))
    AND recipient IN (
        SELECT DISTINCT recipient
        FROM notice
        WHERE state = 'pending' AND mail_id IS NULL AND due_at <= :due_at AND recipient > :after
        ORDER BY recipient
        LIMIT :batch
    )
ORDER BY recipient, due_at, id
