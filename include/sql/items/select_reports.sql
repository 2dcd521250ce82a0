-- grain: one row of 事项办理 that has not yet ended a step, on one of the numbers by which an item may be named
-- parameters: scheme, any_number
-- writes: nothing
SELECT number, step, sha256, row_number, filler_code, done_date, outcome, cells, actor, received_at
FROM item_report
WHERE scheme = :scheme AND number IN :any_number AND item_id IS NULL
ORDER BY done_date, received_at, row_number, step
