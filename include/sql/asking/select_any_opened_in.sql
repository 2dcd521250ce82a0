-- grain: one row where any form of a period was opened in the streets from one code to another
-- parameters: scheme, period, first_street, last_street
-- writes: nothing
SELECT 1 AS is_opened
FROM opened_form
WHERE scheme = :scheme AND period = :period AND street_code BETWEEN :first_street AND :last_street
LIMIT 1
