-- grain: one row of a ledger, of any filler, that is known now and holds
-- parameters: ledger
-- writes: nothing
SELECT filler_code, row_key, cells
FROM ledger_row
WHERE ledger = :ledger AND known_until IS NULL AND valid_to IS NULL
