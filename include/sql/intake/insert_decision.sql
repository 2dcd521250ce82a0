-- grain: one row an act of a person; the same act again changes nothing
-- parameters: id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256
-- writes: decision
INSERT INTO decision (id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256)
VALUES (:id, :kind, :scheme, :period, :unit_code, :field, :value, :reason, :decided_by, :decided_at, :sha256)
ON CONFLICT (id) DO NOTHING
