-- grain: one row
-- parameters: valid_from, the day from which the import holds
-- writes: nothing
SELECT COUNT(*) AS changed
FROM staged_unit
WHERE EXISTS (
    SELECT 1
    FROM unit
    WHERE
        unit.code = staged_unit.code
        AND unit.valid_from <= :valid_from
        AND (unit.valid_to IS NULL OR unit.valid_to >= :valid_from)
)
