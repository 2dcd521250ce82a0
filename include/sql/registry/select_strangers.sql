-- grain: one row a code of a staged line that no subject of the register ever had, nor a street or county of it
-- parameters: none
-- writes: nothing
SELECT staged_fact.line, staged_fact.code
FROM staged_fact
WHERE NOT EXISTS (
    SELECT 1
    FROM unit
    WHERE staged_fact.code IN (unit.code, unit.street_code, SUBSTR(unit.street_code, 1, 6))
)
UNION
SELECT staged_fact.line, staged_fact.leads_to
FROM staged_fact
WHERE staged_fact.leads_to <> '' AND NOT EXISTS (SELECT 1 FROM unit WHERE unit.code = staged_fact.leads_to)
ORDER BY 1, 2
