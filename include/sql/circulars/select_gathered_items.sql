-- grain: one item of some units, of every system and kind, that is open, or was opened from one day to another
-- parameters: any_code (units), first_date, last_date
-- writes: nothing
SELECT
    item.scheme, item.kind, item.unit_code, item.indicator, item.problem, item.opened_period, item.opened_date, item.deadline,
    item.is_open, current_step.waits_since_date
FROM rectification_item AS item
LEFT JOIN item_step AS current_step ON current_step.item_id = item.id AND current_step.ended_date IS NULL
WHERE item.unit_code IN :any_code AND (item.is_open OR item.opened_date BETWEEN :first_date AND :last_date)
ORDER BY item.scheme, item.kind, item.indicator, item.problem, item.unit_code, item.deadline, item.id
