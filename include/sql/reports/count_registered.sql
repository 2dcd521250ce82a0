-- grain: one kind of subject with how many are registered in a street or county on a day
-- parameters: first_street, last_street, on_date
-- writes: nothing
SELECT kind, COUNT(*) AS subjects
FROM unit
WHERE
    street_code BETWEEN :first_street AND :last_street
    AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
GROUP BY kind
ORDER BY kind
