-- writes: decision, one act of a person; the same act twice is one row
-- parameters: id, kind, scheme, period, field, value, reason, decided_by, decided_at
INSERT INTO decision (id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256)
VALUES (:id, :kind, :scheme, :period, '', :field, :value, :reason, :decided_by, :decided_at, NULL)
ON CONFLICT (id) DO NOTHING
