-- grain: one subject of the register on a day
-- parameters: on_date
-- writes: nothing
SELECT code, kind
FROM unit
WHERE valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
