-- grain: one row a unit
-- parameters: rows, a JSON array of arrays in the order of the columns
-- writes: temporary table staged_unit
INSERT INTO staged_unit (
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
)
SELECT
    element ->> 0, element ->> 1, element ->> 2, element ->> 3, element ->> 4, CAST(element ->> 5 AS INTEGER),
    element ->> 6, element ->> 7, element ->> 8, CAST(element ->> 9 AS BOOLEAN),
    element ->> 10
FROM jsonb_array_elements(CAST(:rows AS JSONB)) AS staged (element)
