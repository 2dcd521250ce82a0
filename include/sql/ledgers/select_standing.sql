-- grain: one row of a filler's ledger that is known now, whether it holds or has ended
-- parameters: ledger, filler_code
-- writes: nothing
SELECT row_key, version, period, cells, sealed, row_number, sha256, valid_from, valid_to, known_from
FROM ledger_row
WHERE ledger = :ledger AND filler_code = :filler_code AND known_until IS NULL
ORDER BY row_key, version
