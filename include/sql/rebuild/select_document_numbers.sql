-- grain: one number of a document that was signed by the moment, and whether it was void by then
-- parameters: as_of_at
-- writes: nothing
SELECT document_number.prefix, document_number.year, document_number.sequence, document_number.circular_id,
    EXISTS (
        SELECT 1
        FROM decision
        WHERE decision.kind = 'withdrawal'
            AND decision.field = document_number.circular_id
            AND decision.decided_at <= :as_of_at
            AND document_number.is_void
    ) AS is_void
FROM document_number
JOIN circular ON circular.id = document_number.circular_id
WHERE circular.approved_at <= :as_of_at
ORDER BY document_number.prefix, document_number.year, document_number.sequence
