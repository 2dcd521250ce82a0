-- grain: none; SQLite's BEGIN IMMEDIATE already keeps other writers out
-- parameters: none
-- writes: nothing
SELECT 1
