-- grain: one attribute of a subject and span of validity
-- parameters: none
-- writes: nothing
SELECT code, name, value, valid_from, valid_to
FROM unit_attribute
ORDER BY code, name, valid_from
