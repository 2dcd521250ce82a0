-- grain: one row of 事项办理; the same again changes nothing
-- parameters: every column of item_report but item_id
-- writes: item_report
INSERT INTO item_report (
    scheme, number, step, sha256, row_number, filler_code, done_date, outcome, cells, actor, received_at
)
VALUES (
    :scheme, :number, :step, :sha256, :row_number, :filler_code, :done_date, :outcome, :cells, :actor, :received_at
)
ON CONFLICT DO NOTHING
