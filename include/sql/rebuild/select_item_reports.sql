-- grain: one row of 事项办理 answered by the moment; which step it ended is said by the step
-- parameters: as_of_at
-- writes: nothing
SELECT item_report.scheme, item_report.number, item_report.step, item_report.sha256, item_report.row_number,
    item_report.filler_code, item_report.done_date, item_report.outcome, item_report.cells, item_report.actor,
    item_report.received_at
FROM item_report
WHERE item_report.received_at <= :as_of_at
    AND NOT EXISTS (
        SELECT 1
        FROM delivery
        WHERE delivery.sha256 = item_report.sha256
            AND delivery.answered_at > :as_of_at
            AND delivery.status <> 'duplicate'
    )
ORDER BY item_report.scheme, item_report.number, item_report.step, item_report.sha256, item_report.row_number
