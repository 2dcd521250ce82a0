-- grain: one row; how many files and replies ever came from a mail address
-- parameters: address (lower case)
-- writes: nothing
SELECT COUNT(*) AS arrivals
FROM delivery
WHERE sender = :address
