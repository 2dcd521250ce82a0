-- grain: none; the staging table of attributes and links
-- parameters: none
-- writes: temporary table staged_fact (dropped)
DROP TABLE IF EXISTS staged_fact
