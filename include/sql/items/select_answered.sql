-- grain: open items in the streets from one code to another that wait for the inspectors, with the community's last answer
-- parameters: first_street, last_street; on_date
-- writes: nothing
SELECT
    i.id,
    i.scheme,
    i.opened_period,
    u.street_code,
    i.unit_code,
    u.name AS unit_name,
    i.indicator,
    i.problem,
    i.deadline,
    i.is_provisional,
    i.state,
    (
        SELECT e.reason
        FROM item_event e
        WHERE e.item_id = i.id AND e.kind = 'answered'
        ORDER BY e.sequence DESC
        LIMIT 1
    ) AS answer
FROM rectification_item i
JOIN unit u ON u.code = i.unit_code
WHERE
    u.street_code BETWEEN :first_street AND :last_street AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
    AND i.kind = 'rectification' AND i.is_open AND i.state IN ('已反馈', '验收')
ORDER BY i.unit_code, i.deadline, i.indicator, i.id
