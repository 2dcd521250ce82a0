-- grain: one row an issued document
-- parameters: none
-- reads: circular
SELECT manifest_sha256, COALESCE(document_number, id) AS name
FROM circular
WHERE manifest_sha256 IS NOT NULL
ORDER BY id
