-- grain: one row; both null where the register is empty
-- parameters: none
-- writes: nothing
SELECT MIN(street_code) AS first_code, MAX(street_code) AS last_code
FROM unit
