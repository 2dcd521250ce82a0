-- grain: one open item that waits for the inspectors, with its system, its street and the number of the community's last answer
-- parameters: on_date
-- writes: nothing
SELECT
    i.id AS item_id,
    i.scheme,
    i.opened_period,
    u.street_code,
    u.name AS unit_name,
    i.indicator,
    i.problem,
    i.deadline,
    i.is_provisional,
    MAX(e.sequence) AS sequence
FROM rectification_item i
JOIN unit u ON u.code = i.unit_code
JOIN item_event e ON e.item_id = i.id AND e.kind = 'answered'
WHERE u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date) AND i.kind = 'rectification' AND i.is_open AND i.state IN ('已反馈', '验收')
GROUP BY i.id, i.scheme, i.opened_period, i.unit_code, u.street_code, u.name, i.indicator, i.problem, i.deadline, i.is_provisional
ORDER BY u.street_code, i.unit_code, i.deadline, i.indicator, i.id
