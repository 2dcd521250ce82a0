-- grain: one item
-- parameters: id
-- writes: nothing
SELECT id, scheme, kind, unit_code, indicator, problem, opened_period, opened_date, deadline, is_provisional, state, is_open
FROM rectification_item
WHERE id = :id
