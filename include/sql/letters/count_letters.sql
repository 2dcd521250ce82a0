-- grain: one row; letters whose id begins so
-- parameters: prefix (length of it in prefix_length), code (of the unit or the street that it names)
SELECT COUNT(*) AS letters
FROM circular
WHERE (unit_code = :code OR street_code = :code) AND SUBSTR(id, 1, :prefix_length) = :prefix
