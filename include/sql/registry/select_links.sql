-- grain: one link of a subject and span of validity
-- parameters: none
-- writes: nothing
SELECT code, link, to_code, valid_from, valid_to
FROM unit_link
ORDER BY code, link, to_code, valid_from
