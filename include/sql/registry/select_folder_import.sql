-- grain: at most one row, where a register ever came as a folder
-- parameters: kind, of such an import
-- writes: nothing
SELECT id
FROM registry_import
WHERE kind = :kind
LIMIT 1
