-- grain: one row a subject of a street on a day, of whatever kind, by code
-- parameters: street_code; on_date, the day
-- writes: nothing
SELECT
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, kind
FROM unit
WHERE street_code = :street_code AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY code
