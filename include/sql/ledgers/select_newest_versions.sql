-- grain: one row key of a filler's ledger
-- parameters: ledger, filler_code
-- writes: nothing
SELECT row_key, MAX(version) AS version
FROM ledger_row
WHERE ledger = :ledger AND filler_code = :filler_code
GROUP BY row_key
