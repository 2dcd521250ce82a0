-- grain: one row a line of attributes.csv or links.csv being imported
-- parameters: none
-- writes: temporary table staged_fact (created, empty)
CREATE TEMPORARY TABLE staged_fact (
    line INTEGER NOT NULL,
    code VARCHAR(32) NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    leads_to TEXT NOT NULL
)
