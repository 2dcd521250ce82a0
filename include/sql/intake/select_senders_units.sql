-- grain: one unit that a mail address belongs to on a day, by code
-- parameters: address (lower case), on_date
-- writes: nothing
SELECT code, street_code
FROM unit
WHERE
    (LOWER(secretary_email) = :address OR LOWER(officer_email) = :address OR LOWER(liaison_email) = :address)
    AND valid_from <= :on_date
    AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY code
LIMIT 20
