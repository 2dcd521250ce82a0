-- grain: the approval of one numbered 督办通知单; the same again changes nothing
-- parameters: number, unit_code, decided_by, decided_at
-- writes: decision
INSERT INTO decision (id, kind, scheme, period, unit_code, field, value, reason, decided_by, decided_at)
VALUES (:number, 'supervision', '', '', :unit_code, '', :number, '批准下发督办通知单', :decided_by, :decided_at)
ON CONFLICT DO NOTHING
