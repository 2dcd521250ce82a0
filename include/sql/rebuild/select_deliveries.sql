-- grain: one arrival received by the moment, in the order of receipt; `hand_in`: the sequence that its
--   version is in; `collecting`: the period that the run which answered it named
-- parameters: as_of_at
-- writes: nothing
SELECT delivery.id, delivery.sha256, delivery.bytes, delivery.name AS file_name, delivery.channel, delivery.sender,
    delivery.sender_trust, delivery.codes, delivery.received_at, delivery.packet, delivery.scheme, delivery.streets, delivery.answered_at,
    submission.version,
    submission.scheme || '/' || submission.form || '/' || submission.period || '/' || submission.unit_code AS hand_in,
    (
        SELECT run_log.period
        FROM run_log
        WHERE run_log.stage = 'receive' AND run_log.logged_at >= delivery.answered_at
        ORDER BY run_log.id
        LIMIT 1
    ) AS collecting
FROM delivery
LEFT JOIN submission ON submission.sha256 = delivery.sha256
WHERE delivery.received_at <= :as_of_at
ORDER BY delivery.received_at, delivery.name, delivery.id
