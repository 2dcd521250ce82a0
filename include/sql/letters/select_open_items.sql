-- grain: one row an open item of the units in the streets from one code to another, by unit, deadline and indicator; `was_supervised` where a 督办通知单 on its
--   present deadline was issued, sent back or passed over
-- parameters: first_street, last_street, on_date (the day for which the register is read), supervision (name of that stage of escalations.yaml), is_of_all_kinds
SELECT i.id, i.scheme, i.unit_code, u.street_code, u.name AS unit, i.indicator, i.problem, i.details, i.opened_period, i.opened_date, i.deadline, i.is_provisional, i.state, i.kind,
       EXISTS (
           SELECT 1 FROM item_event e
           WHERE e.item_id = i.id AND e.kind IN ('supervised', 'skipped')
             AND e.stage = CAST(:supervision AS TEXT) || '@' || CAST(i.deadline AS TEXT)
       ) AS was_supervised
FROM unit u
CROSS JOIN rectification_item i
WHERE u.code = i.unit_code AND u.street_code BETWEEN :first_street AND :last_street AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
  AND (i.kind = 'rectification' OR :is_of_all_kinds) AND i.is_open
ORDER BY i.unit_code, i.deadline, i.indicator, i.id
