-- grain: one arrival after sign-off for which a review was granted since
-- parameters: none
-- writes: delivery (status)
UPDATE delivery
SET status = 'waiting'
WHERE
    status = 'returned'
    AND EXISTS (
        SELECT 1
        FROM notice
        INNER JOIN decision
            ON decision.period = notice.period AND decision.unit_code IN (notice.unit_code, '')
        WHERE
            notice.kind = 'archived_after_signoff'
            AND notice.subject = delivery.id
            AND decision.kind = 'review'
            AND decision.decided_at >= delivery.received_at
    )
    AND NOT EXISTS (SELECT 1 FROM submission WHERE submission.sha256 = delivery.sha256)
