-- grain: one act of a person; the same act again changes nothing
-- parameters: id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256 (null: no file carried it)
-- writes: decision
INSERT INTO decision (id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256)
VALUES (
    :id, :kind, :scheme, :period, :unit_code, :field, :value, :reason, :decided_by, :decided_at,
    CAST(:sha256 AS VARCHAR(64))
)
ON CONFLICT (id) DO NOTHING
