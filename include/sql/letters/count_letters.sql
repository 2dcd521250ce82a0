-- grain: one row; letters whose id begins so
-- parameters: prefix (length of it in prefix_length)
SELECT COUNT(*) AS letters
FROM circular
WHERE SUBSTR(id, 1, :prefix_length) = :prefix
