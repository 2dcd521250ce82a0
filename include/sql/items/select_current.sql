-- grain: one item that stands at a step, with the step, by unit, last day and number; also one that is closed and owes a step
-- parameters: scheme (empty: any)
-- writes: nothing
SELECT
    item.id, item.scheme, item.kind, item.number, item.unit_code, item.indicator, item.problem, item.opened_period,
    item.opened_date, item.state, item.is_open, item.cells, current_step.sequence, current_step.step,
    current_step.holder_scope, current_step.holder, current_step.began_date, current_step.due_date,
    current_step.is_provisional, current_step.waits_since_date, current_step.look_again_date
FROM rectification_item AS item
INNER JOIN item_step AS current_step ON current_step.item_id = item.id AND current_step.ended_date IS NULL
WHERE :scheme = '' OR item.scheme = :scheme
ORDER BY item.unit_code, current_step.due_date, item.number, item.id
