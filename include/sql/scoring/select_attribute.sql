-- grain: one subject that has an attribute on a day
-- parameters: attribute, on_date
-- writes: nothing
SELECT code AS unit_code, value
FROM unit_attribute
WHERE name = :attribute AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
