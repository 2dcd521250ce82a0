-- grain: one row, the street's name on a day; null where the register has no such street then
-- parameters: street_code, on_date
-- writes: nothing
SELECT MAX(street) AS street
FROM unit
WHERE street_code = :street_code AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
