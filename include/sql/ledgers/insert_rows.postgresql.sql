-- grain: one row of a ledger
-- parameters: ledger, filler_code, street_code, known_from; rows, a JSON array of
--     [row_key, version, period, sha256, row_number, cells, sealed, valid_from, valid_to]
-- writes: ledger_row
INSERT INTO ledger_row (
    ledger, filler_code, row_key, version, street_code, period, sha256, row_number, cells, sealed, valid_from, valid_to, known_from
)
SELECT
    :ledger, :filler_code, element ->> 0, CAST(element ->> 1 AS INTEGER), :street_code, element ->> 2,
    element ->> 3, CAST(element ->> 4 AS INTEGER), element ->> 5, element ->> 6, CAST(element ->> 7 AS DATE),
    CAST(element ->> 8 AS DATE), :known_from
FROM jsonb_array_elements(CAST(:rows AS JSONB)) AS row (element)
