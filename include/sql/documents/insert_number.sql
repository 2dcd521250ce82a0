-- writes: document_number, the next number of the committee's year; no row where another document took it at the same moment
-- parameters: prefix, year, circular_id
INSERT INTO document_number (prefix, year, sequence, circular_id, is_void)
SELECT CAST(:prefix AS TEXT), CAST(:year AS INTEGER), COALESCE(MAX(sequence), 0) + 1, CAST(:circular_id AS TEXT), FALSE
FROM document_number
WHERE prefix = :prefix AND year = :year
ON CONFLICT DO NOTHING
