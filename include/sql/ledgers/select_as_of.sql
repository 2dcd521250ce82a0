-- grain: one row of a ledger in a street or county, as it held on a day and was known at a moment
-- parameters: ledger, first_street, last_street, on_date, known_at
-- writes: nothing
SELECT filler_code, row_key, street_code, period, cells, sealed, row_number, sha256, valid_from, valid_to
FROM ledger_row
WHERE ledger = :ledger
    AND street_code BETWEEN :first_street AND :last_street
    AND valid_from <= :on_date
    AND (valid_to IS NULL OR valid_to > :on_date)
    AND known_from <= :known_at
    AND (known_until IS NULL OR known_until > :known_at)
ORDER BY filler_code, row_key, version
