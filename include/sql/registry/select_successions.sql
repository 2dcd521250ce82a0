-- grain: one row a subject that ends or ended and one that comes after it (empty: nobody), with the first day on which it is gone
-- parameters: successor_link
-- writes: nothing
SELECT code, to_code, valid_from
FROM unit_link
WHERE link = :successor_link
ORDER BY code, valid_from, to_code
