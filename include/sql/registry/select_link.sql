-- grain: one row a subject of the streets from one code to another and one that a link leads to on a day, the lowest code last
-- parameters: first_street, last_street, link, on_date
-- writes: nothing
SELECT unit_link.code, unit_link.to_code
FROM unit
JOIN unit_link ON unit_link.code = unit.code AND unit_link.link = :link
WHERE
    unit.street_code BETWEEN :first_street AND :last_street
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
    AND unit_link.valid_from <= :on_date
    AND (unit_link.valid_to IS NULL OR unit_link.valid_to >= :on_date)
ORDER BY unit_link.code, unit_link.to_code DESC
