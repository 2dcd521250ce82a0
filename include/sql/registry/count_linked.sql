-- grain: one row: how many subjects a link leads from to one of them on a day
-- parameters: code, whom it leads to; link, its name; on_date, the day
-- writes: nothing
SELECT COUNT(DISTINCT unit.code) AS subjects
FROM unit_link
JOIN unit ON unit.code = unit_link.code
WHERE
    unit_link.to_code = :code AND unit_link.link = :link
    AND unit_link.valid_from <= :on_date AND (unit_link.valid_to IS NULL OR unit_link.valid_to >= :on_date)
    AND unit.valid_from <= :on_date AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
