-- grain: rows of 事项办理 that wait, and that a corrected sheet of the same filler says anew
-- parameters: scheme, number, step, filler_code, done_date, sha256 (of the new sheet)
-- writes: item_report
DELETE FROM item_report
WHERE
    scheme = :scheme AND number = :number AND step = :step AND filler_code = :filler_code AND done_date = :done_date
    AND item_id IS NULL AND sha256 <> :sha256
