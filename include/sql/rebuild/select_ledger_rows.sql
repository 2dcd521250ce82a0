-- grain: one row of a ledger known by the moment; none of a filler whose sheet had come by then and was answered later. Ciphers
--   differ from each other each time: only whether there is one
-- parameters: as_of_at
-- writes: nothing
SELECT ledger_row.ledger, ledger_row.filler_code, ledger_row.row_key, ledger_row.version, ledger_row.street_code,
    ledger_row.period, ledger_row.sha256, ledger_row.row_number, ledger_row.cells,
    ledger_row.sealed IS NOT NULL AS is_sealed, ledger_row.valid_from, ledger_row.valid_to, ledger_row.known_from,
    CASE WHEN ledger_row.known_until <= :as_of_at THEN ledger_row.known_until END AS known_until
FROM ledger_row
WHERE ledger_row.known_from <= :as_of_at
    AND NOT EXISTS (
        SELECT 1
        FROM submission
        WHERE submission.unit_code = ledger_row.filler_code
            AND submission.scheme || '.' || submission.form = ledger_row.ledger
            AND submission.received_at <= :as_of_at
            AND EXISTS (
                SELECT 1
                FROM delivery
                WHERE delivery.sha256 = submission.sha256 AND delivery.answered_at > :as_of_at
            )
    )
ORDER BY ledger_row.ledger, ledger_row.filler_code, ledger_row.row_key, ledger_row.version
