-- grain: one item, where none is open for its scheme, unit and indicator
-- parameters: every column of rectification_item but state
-- writes: rectification_item
INSERT INTO rectification_item (
    id, scheme, unit_code, origin_code, indicator, problem, details, opened_period, opened_date, deadline,
    is_provisional, working_days, state, is_open, owner, liaison
)
VALUES (
    :id, :scheme, :unit_code, :origin_code, :indicator, :problem, :details, :opened_period, :opened_date, :deadline,
    :is_provisional, :working_days, :state, :is_open, :owner, :liaison
)
ON CONFLICT DO NOTHING
