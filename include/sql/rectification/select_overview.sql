-- grain: one item, with its unit's name on a day and when a person last closed it
-- parameters: on_date, street_code (empty: all), machine (who closes what was refuted)
-- writes: nothing
SELECT
    i.id,
    i.scheme,
    i.unit_code,
    u.name AS unit_name,
    i.indicator,
    i.problem,
    i.liaison,
    i.deadline,
    i.state,
    i.is_open,
    (
        SELECT MAX(e.happened_at)
        FROM item_event e
        WHERE e.item_id = i.id AND e.kind = 'closed' AND e.actor <> :machine
    ) AS closed_at
FROM rectification_item i
LEFT JOIN unit u ON u.code = i.unit_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
WHERE :street_code = '' OR u.street_code = :street_code
ORDER BY i.unit_code, i.indicator, i.id
