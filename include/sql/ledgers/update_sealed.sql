-- writes: ledger_row, the personal columns of one row under another key; what they say stays
-- parameters: ledger, filler_code, row_key, version, sealed
UPDATE ledger_row
SET sealed = :sealed
WHERE ledger = :ledger AND filler_code = :filler_code AND row_key = :row_key AND version = :version
