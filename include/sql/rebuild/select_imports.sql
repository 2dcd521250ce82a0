-- grain: one recorded import of a register by the moment, oldest first
-- parameters: as_of_at
-- writes: nothing
SELECT
    id, kind, sha256, streets_sha256, attributes_sha256, links_sha256, valid_from, imported_by, imported_at
FROM registry_import
WHERE imported_at <= :as_of_at
ORDER BY sequence
