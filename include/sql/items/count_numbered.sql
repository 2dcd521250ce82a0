-- grain: how many items of a kind a unit has whose numbers begin alike
-- parameters: scheme, kind, beginning
-- writes: nothing
SELECT COUNT(*) AS items
FROM rectification_item
WHERE scheme = :scheme AND kind = :kind AND number LIKE :beginning || '%'
