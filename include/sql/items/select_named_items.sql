-- grain: one item of a unit and indicator as people name it, the open ones first, then the one opened last; one that was found at it counts too
-- parameters: scheme (empty: any), unit_code, indicator
-- writes: nothing
SELECT id, scheme, unit_code, indicator, problem, opened_period, opened_date, deadline, is_provisional, state, is_open
FROM rectification_item
WHERE
    kind = 'rectification'
    AND (unit_code = :unit_code OR origin_code = :unit_code)
    AND indicator = :indicator
    AND (:scheme = '' OR scheme = :scheme)
ORDER BY is_open DESC, opened_date DESC, id
