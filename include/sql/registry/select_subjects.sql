-- grain: one row a subject of some kinds in a street on a day, by code
-- parameters: street_code; on_date, the day; any_kind, the kinds
-- writes: nothing
SELECT
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
FROM unit
WHERE
    street_code = :street_code
    AND kind IN :any_kind
    AND valid_from <= :on_date
    AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY code
