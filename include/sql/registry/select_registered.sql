-- grain: one row a subject of the streets from one code to another on a day, of whatever kind, by code
-- parameters: first_street, last_street; on_date, the day
-- writes: nothing
SELECT
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
FROM unit
WHERE street_code BETWEEN :first_street AND :last_street AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY code
