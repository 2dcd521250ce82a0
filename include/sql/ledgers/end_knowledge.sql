-- grain: one row of a ledger that is known no more
-- parameters: ledger, filler_code, row_key, version, known_until
-- writes: ledger_row
UPDATE ledger_row
SET known_until = :known_until
WHERE ledger = :ledger AND filler_code = :filler_code AND row_key = :row_key AND version = :version
