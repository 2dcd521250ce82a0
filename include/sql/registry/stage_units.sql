-- grain: one row a unit
-- parameters: rows, a JSON array of arrays in the order of the columns
-- writes: temporary table staged_unit
INSERT INTO staged_unit (
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10
FROM json_each(:rows)
