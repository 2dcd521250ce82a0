-- grain: one mail whose id lies between two
-- parameters: first, last
-- writes: nothing
SELECT id
FROM mail
WHERE id BETWEEN :first AND :last
ORDER BY id
