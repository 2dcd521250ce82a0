-- grain: the act by which a letter was last drafted, none or one
-- parameters: circular_id
SELECT account, value, reason, decided_at
FROM decision
WHERE kind = 'drafting' AND field = :circular_id
ORDER BY sequence DESC
LIMIT 1
