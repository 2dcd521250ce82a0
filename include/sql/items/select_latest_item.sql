-- grain: the open item of a scheme, unit and indicator, else the one opened last; one that was found at it counts too
-- parameters: scheme, unit_code, indicator
-- writes: nothing
SELECT id, problem, opened_period, deadline, is_provisional, state, is_open
FROM rectification_item
WHERE kind = 'rectification' AND scheme = :scheme AND (unit_code = :unit_code OR origin_code = :unit_code) AND indicator = :indicator
ORDER BY is_open DESC, opened_date DESC, id
LIMIT 1
