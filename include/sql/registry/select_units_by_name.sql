-- grain: one row a unit with this name on a day, by code
-- parameters: unit_name; on_date, the day
-- writes: nothing
SELECT code, name, street_code, street
FROM unit
WHERE name = :unit_name AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY code
