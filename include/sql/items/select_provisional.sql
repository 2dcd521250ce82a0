-- grain: one open item whose deadline waits for a calendar, by unit, deadline and indicator
-- parameters: none
-- writes: nothing
SELECT id, scheme, unit_code, indicator, problem, opened_period, opened_date, deadline, working_days, state, is_open, is_provisional
FROM rectification_item
WHERE kind = 'rectification' AND is_provisional AND is_open
ORDER BY unit_code, deadline, indicator, id
