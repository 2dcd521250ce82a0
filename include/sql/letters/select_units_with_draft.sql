-- grain: one unit with a letter of a kind that is still a draft
-- parameters: kind
SELECT DISTINCT unit_code
FROM circular
WHERE kind = :kind AND state = 'draft' AND unit_code IS NOT NULL
ORDER BY unit_code
