-- grain: one item whose step may end today: its last day is over, or rows of 事项办理 wait that name the item
-- parameters: scheme (empty: any), today
-- writes: nothing
SELECT item.id
FROM rectification_item AS item
INNER JOIN item_step AS current_step ON current_step.item_id = item.id AND current_step.ended_date IS NULL
WHERE
    (:scheme = '' OR item.scheme = :scheme)
    AND (
        current_step.due_date < :today
        OR EXISTS (
            SELECT 1
            FROM item_report
            WHERE
                item_report.scheme = item.scheme
                AND item_report.number IN (COALESCE(item.number, ''), item.unit_code || '-' || item.number)
                AND item_report.item_id IS NULL
        )
    )
ORDER BY item.unit_code, current_step.due_date, item.number, item.id
