-- grain: one street's period with a hash of an older recipe
-- parameters: recipe
-- writes: nothing
SELECT DISTINCT scheme, period, street_code
FROM assessment
WHERE hash_recipe < :recipe
ORDER BY scheme, period, street_code
