-- grain: the street's name on a day, none or one
-- parameters: street_code, on_date
SELECT MAX(street) AS street
FROM unit
WHERE street_code = :street_code AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
