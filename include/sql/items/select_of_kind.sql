-- grain: one item of a kind of a system, open or not
-- parameters: scheme, kind
-- writes: nothing
SELECT id, unit_code, cells, is_open
FROM rectification_item
WHERE scheme = :scheme AND kind = :kind
ORDER BY id
