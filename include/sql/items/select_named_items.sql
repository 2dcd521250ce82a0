-- grain: one item of a unit and indicator as people name it, the open ones first, then the one opened last; one that was found at it counts too
-- parameters: scheme (empty: any), unit_code, indicator
-- writes: nothing
SELECT
    item.id, item.scheme, item.unit_code, item.indicator, item.problem, item.opened_period, item.opened_date, item.deadline,
    item.is_provisional, item.state, item.is_open
FROM (
    SELECT own.id FROM rectification_item AS own WHERE own.unit_code = :unit_code
    UNION
    SELECT taken.id FROM rectification_item AS taken WHERE taken.origin_code = :unit_code
) AS wanted
CROSS JOIN rectification_item AS item
WHERE
    item.id = wanted.id AND item.kind = 'rectification' AND item.indicator = :indicator
    AND (:scheme = '' OR item.scheme = :scheme)
ORDER BY item.is_open DESC, item.opened_date DESC, item.id
