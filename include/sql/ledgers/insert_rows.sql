-- grain: one row of a ledger
-- parameters: ledger, filler_code, street_code, known_from; rows, a JSON array of
--     [row_key, version, period, sha256, row_number, cells, sealed, valid_from, valid_to]
-- writes: ledger_row
INSERT INTO ledger_row (
    ledger, filler_code, row_key, version, street_code, period, sha256, row_number, cells, sealed, valid_from, valid_to, known_from
)
SELECT
    :ledger, :filler_code, json_each.value ->> 0, json_each.value ->> 1, :street_code, json_each.value ->> 2,
    json_each.value ->> 3, json_each.value ->> 4, json_each.value ->> 5, json_each.value ->> 6, json_each.value ->> 7,
    json_each.value ->> 8, :known_from
FROM json_each(:rows)
