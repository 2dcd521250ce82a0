-- grain: one item of any kind with where it stands
-- parameters: id
-- writes: nothing
SELECT
    id, scheme, kind, number, unit_code, origin_code, indicator, problem, opened_period, opened_date, deadline,
    is_provisional, state, is_open, step, step_due_date, holder_scope, holder, cells
FROM rectification_item
WHERE id = :id
