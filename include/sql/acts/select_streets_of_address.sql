-- grain: one street in which a unit has an address on a day
-- parameters: address, in lower case; on_date
-- writes: nothing
SELECT DISTINCT street_code
FROM unit
WHERE valid_from <= :on_date
    AND (valid_to IS NULL OR valid_to >= :on_date)
    AND (LOWER(secretary_email) = :address OR LOWER(officer_email) = :address OR LOWER(liaison_email) = :address)
