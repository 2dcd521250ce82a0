-- grain: one import of a register, with the next running number; two at once on PostgreSQL: the second fails and is made again
-- parameters: id, kind, sha256, streets_sha256, attributes_sha256, links_sha256, valid_from, imported_by, imported_at
-- writes: registry_import
INSERT INTO registry_import (
    id, kind, sha256, streets_sha256, attributes_sha256, links_sha256, valid_from, imported_by, imported_at, sequence
)
VALUES (
    :id, :kind, :sha256, :streets_sha256, :attributes_sha256, :links_sha256, :valid_from, :imported_by, :imported_at,
    (SELECT COALESCE(MAX(sequence), 0) + 1 FROM registry_import)
)
ON CONFLICT (id) DO NOTHING
