-- grain: one item opened by the moment; is_moved_later: its row shows a state that it had not reached by then
-- parameters: as_of_at
-- writes: nothing
SELECT item.id, item.scheme, item.unit_code, COALESCE(item.origin_code, item.unit_code) AS found_code, item.indicator, item.opened_period, item.problem, item.details, item.opened_date,
    item.deadline, item.is_provisional, item.working_days, item.state, item.is_open, item.owner, item.liaison,
    EXISTS (
        SELECT 1
        FROM item_event
        WHERE
            item_event.item_id = item.id
            AND (
                item_event.happened_at > :as_of_at
                OR (SELECT MIN(delivery.answered_at) FROM delivery WHERE delivery.sha256 = item_event.sha256) > :as_of_at
            )
    ) AS is_moved_later
FROM rectification_item AS item
WHERE EXISTS (SELECT 1 FROM item_event WHERE item_event.item_id = item.id AND item_event.happened_at <= :as_of_at)
ORDER BY item.id
