-- grain: one row of a filler's ledger that is known now, holds, and has personal columns
-- parameters: ledger, filler_code
-- writes: nothing
SELECT row_key, version, cells, sealed
FROM ledger_row
WHERE ledger = :ledger AND filler_code = :filler_code AND known_until IS NULL AND valid_to IS NULL
      AND sealed IS NOT NULL
