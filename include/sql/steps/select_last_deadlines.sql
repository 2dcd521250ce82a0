-- grain: one row: the latest days that are stored of what is still open - deadlines of items, last days of their steps
-- parameters: none
-- writes: nothing
SELECT
    (SELECT MAX(deadline) FROM rectification_item WHERE is_open) AS deadline,
    (SELECT MAX(due_date) FROM item_step WHERE ended_date IS NULL) AS due_date
