-- grain: one row, how many rows the register has
-- parameters: none
-- writes: nothing
SELECT COUNT(*) AS units FROM unit
