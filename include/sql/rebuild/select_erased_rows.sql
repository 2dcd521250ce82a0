-- grain: one row of a ledger of which some hand-ins are sheets, by any sheet of the filler
-- parameters: any_sha256
-- writes: nothing
SELECT
    ledger, filler_code, row_key, version, street_code, period, sha256, row_number, cells, sealed, valid_from, valid_to, known_from,
    known_until
FROM ledger_row
WHERE EXISTS (
    SELECT 1
    FROM submission
    WHERE submission.sha256 IN :any_sha256
        AND ledger_row.ledger = submission.scheme || '.' || submission.form
        AND ledger_row.filler_code = submission.unit_code
)
ORDER BY ledger, filler_code, row_key, version
