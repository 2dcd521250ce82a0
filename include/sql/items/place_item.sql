-- grain: one item at a step (or at none: ended), with what is known of it
-- parameters: id, state, is_open, step, step_due_date, deadline, is_provisional, holder_scope, holder, cells
-- writes: rectification_item
UPDATE rectification_item
SET
    state = :state,
    is_open = :is_open,
    step = :step,
    step_due_date = :step_due_date,
    deadline = :deadline,
    is_provisional = :is_provisional,
    holder_scope = :holder_scope,
    holder = :holder,
    cells = :cells
WHERE id = :id
