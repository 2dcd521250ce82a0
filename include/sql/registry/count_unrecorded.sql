-- grain: one row; units of the register where no import was ever recorded, else 0
-- parameters: none
-- writes: nothing
SELECT COUNT(*) AS units
FROM unit
WHERE NOT EXISTS (SELECT 1 FROM registry_import)
