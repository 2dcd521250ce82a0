-- grain: open items, by unit, deadline and indicator
-- parameters: any_code (units)
-- writes: nothing
SELECT id, scheme, unit_code, indicator, problem, opened_period, opened_date, deadline, is_provisional, state
FROM rectification_item
WHERE unit_code IN :any_code AND kind = 'rectification' AND is_open
ORDER BY unit_code, deadline, indicator, id
