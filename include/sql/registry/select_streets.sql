-- grain: one row a street that has a unit on a day
-- parameters: on_date, the day
-- writes: nothing
SELECT DISTINCT street_code
FROM unit
WHERE valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY street_code
