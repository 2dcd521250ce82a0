-- grain: one item that stands at a step which a unit takes and which does not wait, with the step, by last day and number
-- parameters: holder
-- writes: nothing
SELECT
    item.id, item.scheme, item.kind, item.number, item.unit_code, item.indicator, item.problem, item.opened_period, item.opened_date,
    open_step.sequence, open_step.step, open_step.began_date, open_step.due_date
FROM item_step AS open_step
INNER JOIN rectification_item AS item ON item.id = open_step.item_id
WHERE open_step.holder = :holder AND open_step.holder_scope = 'community'
      AND open_step.ended_date IS NULL AND open_step.waits_since_date IS NULL
ORDER BY open_step.due_date, item.number, item.id
