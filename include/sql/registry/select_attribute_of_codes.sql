-- grain: one row a code, of a subject, a street or a county, that has an attribute on a day
-- parameters: any_code (list), attribute, on_date
-- writes: nothing
SELECT unit_attribute.code, unit_attribute.value
FROM unit_attribute
WHERE
    unit_attribute.code IN :any_code
    AND unit_attribute.name = :attribute
    AND unit_attribute.valid_from <= :on_date
    AND (unit_attribute.valid_to IS NULL OR unit_attribute.valid_to >= :on_date)
ORDER BY unit_attribute.code
