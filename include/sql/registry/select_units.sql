-- grain: one unit and span of validity
-- parameters: none
-- writes: nothing
SELECT code, valid_from, valid_to, name, street_code, street, unit_type, households, secretary_email, officer_email,
    liaison_email, is_provisional_code, kind
FROM unit
ORDER BY code, valid_from
