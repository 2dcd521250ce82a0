-- grain: one act of a person, with the next running number; the same act again changes nothing
-- parameters: id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256 (null: no file carried it), account
-- writes: decision
INSERT INTO decision (
    id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at, sha256, account, sequence
)
VALUES (
    :id, :kind, :scheme, :period, :unit_code, :field, :value, :reason, :decided_by, :decided_at,
    CAST(:sha256 AS VARCHAR(64)), :account, nextval('decision_sequence')
)
ON CONFLICT (id) DO NOTHING
