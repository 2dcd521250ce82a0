-- grain: one row an open item of the street's units, by unit, deadline and indicator
-- parameters: street_code, on_date (the day for which the register is read)
SELECT i.scheme, i.unit_code, u.name AS unit, i.indicator, i.problem, i.opened_period, i.opened_date, i.deadline, i.state
FROM rectification_item i
JOIN unit u ON u.code = i.unit_code
WHERE u.street_code = :street_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
  AND i.is_open
ORDER BY i.unit_code, i.deadline, i.indicator, i.id
