-- grain: one unit that has open items of rectification, with its street as the register had it last; empty where it had none
-- parameters: none
-- writes: nothing
SELECT DISTINCT i.unit_code, COALESCE(u.street_code, '') AS street_code
FROM rectification_item AS i
LEFT JOIN unit AS u ON u.code = i.unit_code AND u.valid_from = (SELECT MAX(v.valid_from) FROM unit AS v WHERE v.code = i.unit_code)
WHERE i.is_open AND i.kind = 'rectification'
ORDER BY i.unit_code
