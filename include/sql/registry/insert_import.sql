-- grain: one import of a register
-- parameters: id, kind, sha256, streets_sha256, valid_from, imported_by, imported_at
-- writes: registry_import
INSERT INTO registry_import (id, kind, sha256, streets_sha256, valid_from, imported_by, imported_at)
VALUES (:id, :kind, :sha256, :streets_sha256, :valid_from, :imported_by, :imported_at)
ON CONFLICT (id) DO NOTHING
