-- grain: one closed item, found again; the period that first found it stays
-- parameters: id, problem, details, opened_date, deadline, is_provisional, working_days, state, is_open, owner, liaison
-- writes: rectification_item
UPDATE rectification_item
SET
    problem = :problem,
    details = :details,
    opened_date = :opened_date,
    deadline = :deadline,
    is_provisional = :is_provisional,
    working_days = :working_days,
    state = :state,
    is_open = :is_open,
    owner = :owner,
    liaison = :liaison
WHERE id = :id AND NOT is_open
