-- grain: one address that a unit has or had, or that was written to, in lower case: the wanted one first, then those
--   that share its name or its server with it
-- parameters: address, in lower case; same_name and same_server, patterns
-- writes: nothing
SELECT address
FROM (
    SELECT LOWER(secretary_email) AS address FROM unit
    UNION
    SELECT LOWER(officer_email) FROM unit
    UNION
    SELECT LOWER(liaison_email) FROM unit
    UNION
    SELECT LOWER(recipient) FROM mail
) AS known
WHERE address = :address OR address LIKE :same_name OR address LIKE :same_server
ORDER BY CASE WHEN address = :address THEN 0 ELSE 1 END, address
LIMIT 2000
