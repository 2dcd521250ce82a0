-- grain: one row; both null where the register has no subject of the kinds
-- parameters: any_kind, the kinds of which streets are made
-- writes: nothing
SELECT MIN(street_code) AS first_code, MAX(street_code) AS last_code
FROM unit
WHERE kind IN :any_kind
