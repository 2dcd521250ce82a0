-- grain: one act of a person; the same act again changes nothing
-- parameters: id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at
-- writes: decision
INSERT INTO decision (id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at)
VALUES (:id, :kind, :scheme, :period, :unit_code, :field, :value, :reason, :decided_by, :decided_at)
ON CONFLICT (id) DO NOTHING
