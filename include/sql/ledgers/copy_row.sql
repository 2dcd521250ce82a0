-- grain: one row of a ledger, as another record has it; what ended it comes by itself
-- parameters: ledger, filler_code, row_key, version, street_code, period, sha256, row_number, cells, sealed, valid_from, valid_to,
--     known_from
-- writes: ledger_row
INSERT INTO ledger_row (
    ledger, filler_code, row_key, version, street_code, period, sha256, row_number, cells, sealed, valid_from, valid_to, known_from
)
VALUES (
    :ledger, :filler_code, :row_key, :version, :street_code, :period, :sha256, :row_number, :cells, :sealed, :valid_from, :valid_to,
    :known_from
)
ON CONFLICT DO NOTHING
