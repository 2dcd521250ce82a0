-- grain: one subject that a link leads to from another on a day, the one with the lowest code, or none
-- parameters: code, link, on_date
-- writes: nothing
SELECT to_code
FROM unit_link
WHERE
    code = :code AND link = :link
    AND valid_from <= :on_date
    AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY to_code
LIMIT 1
