-- grain: one row; how many files came and how many of them are answered
-- parameters: none
-- reads: delivery
SELECT COUNT(*) AS arrived, COALESCE(SUM(CASE WHEN status <> 'waiting' THEN 1 ELSE 0 END), 0) AS answered
FROM delivery
