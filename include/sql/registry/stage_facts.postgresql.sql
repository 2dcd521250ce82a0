-- grain: one row a line
-- parameters: rows, a JSON array of arrays in the order of the columns
-- writes: temporary table staged_fact
INSERT INTO staged_fact (line, code, name, value, valid_from, valid_to, leads_to)
SELECT
    CAST(element ->> 0 AS INTEGER), element ->> 1, element ->> 2, element ->> 3, CAST(element ->> 4 AS DATE),
    CAST(element ->> 5 AS DATE), element ->> 6
FROM jsonb_array_elements(CAST(:rows AS JSONB)) AS staged (element)
