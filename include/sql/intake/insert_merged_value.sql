-- grain: one cell of an accepted hand-in whose value was taken over from an earlier version
-- parameters: sha256, field, version (that it was taken from), own_reported, own_value
-- writes: merged_value
INSERT INTO merged_value (sha256, field, version, own_reported, own_value)
VALUES (:sha256, :field, :version, :own_reported, :own_value)
