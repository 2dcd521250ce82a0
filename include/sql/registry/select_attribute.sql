-- grain: one row a subject of the streets from one code to another that has an attribute on a day
-- parameters: first_street, last_street, attribute, on_date
-- writes: nothing
SELECT unit_attribute.code, unit_attribute.value
FROM unit
JOIN unit_attribute ON unit_attribute.code = unit.code AND unit_attribute.name = :attribute
WHERE
    unit.street_code BETWEEN :first_street AND :last_street
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND unit_attribute.valid_from <= :on_date
    AND (unit_attribute.valid_to IS NULL OR unit_attribute.valid_to >= :on_date)
ORDER BY unit_attribute.code
