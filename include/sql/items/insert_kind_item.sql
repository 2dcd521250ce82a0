-- grain: one item of a kind with steps of its own; the same again changes nothing
-- parameters: every column of rectification_item but details, working_days and step_due_date
-- writes: rectification_item
INSERT INTO rectification_item (
    id, scheme, kind, number, unit_code, origin_code, indicator, problem, opened_period, opened_date, deadline,
    is_provisional, state, is_open, owner, liaison, step, holder_scope, holder, cells
)
VALUES (
    :id, :scheme, :kind, :number, :unit_code, :origin_code, :indicator, :problem, :opened_period, :opened_date, :deadline,
    :is_provisional, :state, :is_open, :owner, :liaison, :step, :holder_scope, :holder, :cells
)
ON CONFLICT DO NOTHING
