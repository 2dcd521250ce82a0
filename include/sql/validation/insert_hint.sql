-- grain: one hint of a period's table
-- parameters: scheme, period, street_code, form, kind, field, unit_code, said, looked_at
-- writes: table_hint
INSERT INTO table_hint (scheme, period, street_code, form, kind, field, unit_code, said, looked_at)
VALUES (:scheme, :period, :street_code, :form, :kind, :field, :unit_code, :said, :looked_at)
