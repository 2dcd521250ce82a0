-- grain: one row a field of a hand-in
-- parameters: sha256; cells, a JSON array of [field, field_label, reported, value, source_cell]
-- writes: submission_value
INSERT INTO submission_value (sha256, field, field_label, reported, value, source_cell)
SELECT
    :sha256,
    json_each.value ->> 0, json_each.value ->> 1, json_each.value ->> 2, json_each.value ->> 3, json_each.value ->> 4
FROM json_each(:cells)
