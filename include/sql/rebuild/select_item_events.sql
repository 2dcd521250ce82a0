-- grain: one move of an item known by the moment, oldest first; is_delivered: it came in a file that was received
-- parameters: as_of_at
-- writes: nothing
SELECT event.item_id, event.sequence, event.kind, event.stage, event.actor, event.reason, event.happened_at, event.sha256,
    event.deadline, item.kind AS item_kind,
    EXISTS (SELECT 1 FROM delivery WHERE delivery.sha256 = event.sha256) AS is_delivered
FROM item_event AS event
INNER JOIN rectification_item AS item ON item.id = event.item_id
WHERE
    event.happened_at <= :as_of_at
    AND COALESCE(
        (SELECT MIN(delivery.answered_at) FROM delivery WHERE delivery.sha256 = event.sha256), event.happened_at
    ) <= :as_of_at
ORDER BY event.happened_at, event.item_id, event.sequence
