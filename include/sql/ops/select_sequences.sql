-- grain: one row a sequence of PostgreSQL that was ever used; where it stands
-- parameters: none
-- reads: pg_sequences
SELECT sequencename AS name, last_value
FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
ORDER BY sequencename
