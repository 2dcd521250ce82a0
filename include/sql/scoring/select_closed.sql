-- grain: one period of a system and a scope that has an official result
-- parameters: none
-- writes: nothing
SELECT DISTINCT scheme, period, street_code
FROM assessment
WHERE is_official
ORDER BY scheme, period, street_code
