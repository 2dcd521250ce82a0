-- grain: one unit that a mail address belongs to on a day, by code; a branch a column, each by its own index, because with
--   OR PostgreSQL walks the whole register for the sake of LIMIT
-- parameters: address (lower case), on_date
-- writes: nothing
SELECT found.code, found.street_code
FROM (
    SELECT code, street_code
    FROM unit
    WHERE
        secretary_email <> ''
        AND LOWER(secretary_email) = :address
        AND valid_from <= :on_date
        AND (valid_to IS NULL OR valid_to >= :on_date)
    UNION
    SELECT code, street_code
    FROM unit
    WHERE
        officer_email <> ''
        AND LOWER(officer_email) = :address
        AND valid_from <= :on_date
        AND (valid_to IS NULL OR valid_to >= :on_date)
    UNION
    SELECT code, street_code
    FROM unit
    WHERE
        liaison_email <> ''
        AND LOWER(liaison_email) = :address
        AND valid_from <= :on_date
        AND (valid_to IS NULL OR valid_to >= :on_date)
) AS found
ORDER BY found.code
LIMIT 20
