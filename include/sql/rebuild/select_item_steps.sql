-- grain: one step of an item as it stood at the moment: all of an item that has not moved since, of others those that had ended
-- parameters: as_of_at
-- writes: nothing
SELECT item_step.item_id, item_step.sequence, item_step.step, item_step.holder_scope, item_step.holder,
    item_step.began_date, item_step.due_date, item_step.is_provisional, item_step.waits_since_date,
    item_step.look_again_date, item_step.ended_date, item_step.outcome, item_step.is_answered, item_step.recorded_at,
    item_step.ended_at, item_step.sha256
FROM item_step
WHERE item_step.recorded_at <= :as_of_at
    AND (
        NOT EXISTS (
            SELECT 1
            FROM item_event
            WHERE item_event.item_id = item_step.item_id
                AND (
                    item_event.happened_at > :as_of_at
                    OR (SELECT MIN(delivery.answered_at) FROM delivery WHERE delivery.sha256 = item_event.sha256) > :as_of_at
                )
        )
        OR (
            item_step.ended_at <= :as_of_at
            AND COALESCE(
                (SELECT MIN(delivery.answered_at) FROM delivery WHERE delivery.sha256 = item_step.sha256), item_step.ended_at
            ) <= :as_of_at
        )
    )
ORDER BY item_step.item_id, item_step.sequence
