-- grain: one of some codes that a subject of the register has on a day
-- parameters: any_code, on_date
-- writes: nothing
SELECT code
FROM unit
WHERE code IN :any_code AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
