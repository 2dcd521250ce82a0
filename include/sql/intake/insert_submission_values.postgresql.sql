-- grain: one row a field of a hand-in
-- parameters: sha256; cells, a JSON array of [field, field_label, reported, value, source_cell]
-- writes: submission_value
INSERT INTO submission_value (sha256, field, field_label, reported, value, source_cell)
SELECT :sha256, element ->> 0, element ->> 1, element ->> 2, element ->> 3, element ->> 4
FROM jsonb_array_elements(CAST(:cells AS JSONB)) AS cell (element)
