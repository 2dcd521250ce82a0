-- grain: the open item of a kind, unit and code, if any
-- parameters: scheme, kind, unit_code, indicator
-- writes: nothing
SELECT id
FROM rectification_item
WHERE scheme = :scheme AND kind = :kind AND unit_code = :unit_code AND indicator = :indicator AND is_open
ORDER BY opened_date DESC, id
LIMIT 1
