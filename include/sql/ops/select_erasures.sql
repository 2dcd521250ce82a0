-- grain: one row a key of a ledger that was destroyed on record; its name
-- parameters: none
-- reads: decision
SELECT field AS key_name
FROM decision
WHERE kind = 'erasure'
ORDER BY field
