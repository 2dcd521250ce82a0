-- grain: one row of 事项办理 that has ended a step of an item
-- parameters: scheme, number, step, sha256, row_number, item_id
-- writes: item_report
UPDATE item_report
SET item_id = :item_id
WHERE scheme = :scheme AND number = :number AND step = :step AND sha256 = :sha256 AND row_number = :row_number
