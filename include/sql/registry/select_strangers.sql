-- grain: one row a code of a staged line that no subject of the register ever had, nor a street or county of it
-- parameters: none
-- writes: nothing
SELECT staged_fact.line, staged_fact.code
FROM staged_fact
WHERE staged_fact.code NOT IN (
    SELECT unit.code FROM unit
    UNION
    SELECT unit.street_code FROM unit
    UNION
    SELECT SUBSTR(unit.street_code, 1, 6) FROM unit
)
UNION
SELECT staged_fact.line, staged_fact.leads_to
FROM staged_fact
WHERE staged_fact.leads_to <> '' AND staged_fact.leads_to NOT IN (SELECT unit.code FROM unit)
ORDER BY 1, 2
