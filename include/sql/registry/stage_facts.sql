-- grain: one row a line
-- parameters: rows, a JSON array of arrays in the order of the columns
-- writes: temporary table staged_fact
INSERT INTO staged_fact (line, code, name, value, valid_from, valid_to, leads_to)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
FROM json_each(:rows)
