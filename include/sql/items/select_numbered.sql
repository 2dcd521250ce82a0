-- grain: one item of a system that a number names, the open ones first, then the one opened last
-- parameters: scheme, number (with or without the unit's code before it)
-- writes: nothing
SELECT id, kind, number, unit_code, opened_period, is_open, step, holder_scope, holder
FROM rectification_item
WHERE scheme = :scheme AND (number = :number OR unit_code || '-' || number = :number)
ORDER BY CASE WHEN step IS NULL THEN 1 ELSE 0 END, opened_date DESC, id
