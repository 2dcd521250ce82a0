-- grain: one open item of a street so long overdue that the next circular names it (stage of escalations.yaml with the event
--   carried, reached for its present deadline), by unit, deadline and indicator
-- parameters: first_street, last_street, on_date (day of the register; overdue is counted to it)
-- writes: nothing
SELECT i.id, i.scheme, i.unit_code, u.name AS unit_name, i.indicator, i.problem, i.opened_period, i.opened_date, i.deadline, i.is_provisional, i.state
FROM unit u
CROSS JOIN rectification_item i
WHERE
    u.code = i.unit_code AND u.street_code BETWEEN :first_street AND :last_street AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
    AND i.kind = 'rectification' AND i.is_open
    AND EXISTS (
        SELECT 1
        FROM item_event e
        WHERE e.item_id = i.id AND e.kind = 'carried' AND e.stage LIKE '%@' || CAST(i.deadline AS TEXT)
    )
ORDER BY i.unit_code, i.deadline, i.indicator, i.id
