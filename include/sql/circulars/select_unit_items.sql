-- grain: one open item of a unit from a system, by deadline and indicator
-- parameters: scheme, unit_code
-- writes: nothing
SELECT id, indicator, problem, opened_date, deadline, is_provisional
FROM rectification_item
WHERE unit_code = :unit_code AND scheme = :scheme AND kind = 'rectification' AND is_open
ORDER BY deadline, indicator, id
