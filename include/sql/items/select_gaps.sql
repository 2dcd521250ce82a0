-- grain: one open item of a unit that a check or norm of these codes found
-- parameters: scheme, unit_code, any_code
-- writes: nothing
SELECT id, indicator, cells
FROM rectification_item
WHERE scheme = :scheme AND unit_code = :unit_code AND kind <> 'rectification' AND indicator IN :any_code AND is_open
ORDER BY id
