-- grain: one row; a sequence of PostgreSQL goes on after a value
-- parameters: sequence, last_value
-- reads: pg_sequences
SELECT setval(CAST(:sequence AS TEXT), :last_value)
