-- grain: none; the staging table of an import
-- parameters: none
-- writes: temporary table staged_unit (dropped)
DROP TABLE IF EXISTS staged_unit
