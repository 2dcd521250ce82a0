-- grain: one hint of a period's table
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT form, kind, field, unit_code, said, looked_at
FROM table_hint
WHERE scheme = :scheme AND period = :period AND street_code = :street_code
ORDER BY form, field, kind, unit_code
