-- grain: one answered arrival of the same content, oldest first; period is that of the hand-in it became, null where none
-- parameters: sha256, id (the arrival being answered)
-- writes: nothing
SELECT
    delivery.name, delivery.received_at, delivery.status, delivery.message, delivery.unit_code, delivery.version,
    submission.period
FROM delivery
LEFT JOIN submission ON submission.sha256 = delivery.sha256
WHERE delivery.sha256 = :sha256 AND delivery.id <> :id AND delivery.status NOT IN ('waiting', 'duplicate')
ORDER BY delivery.received_at, delivery.name
