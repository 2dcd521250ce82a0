-- grain: at most one row, the unit as of a day
-- parameters: code; on_date, the day
-- writes: nothing
SELECT
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
FROM unit
WHERE code = :code AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
