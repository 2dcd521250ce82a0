-- grain: one item of rectification that a system found at some units (also one that another took over), with the days of its plan and its end
-- parameters: scheme, any_code (units)
-- writes: nothing
SELECT
    item.id, COALESCE(item.origin_code, item.unit_code) AS unit_code, item.indicator, item.problem, item.opened_period,
    item.opened_date, item.deadline, item.is_provisional, item.state, item.is_open,
    (SELECT MIN(e.happened_at) FROM item_event AS e WHERE e.item_id = item.id AND e.kind = 'planned') AS planned_at,
    (SELECT MAX(e.happened_at) FROM item_event AS e WHERE e.item_id = item.id AND e.kind = 'closed') AS closed_at
FROM (
    SELECT own.id FROM rectification_item AS own WHERE own.unit_code IN :any_code
    UNION
    SELECT taken.id FROM rectification_item AS taken WHERE taken.origin_code IN :any_code
) AS wanted
CROSS JOIN rectification_item AS item
WHERE item.id = wanted.id AND item.scheme = :scheme AND item.kind = 'rectification'
ORDER BY COALESCE(item.origin_code, item.unit_code), item.deadline, item.indicator, item.id
