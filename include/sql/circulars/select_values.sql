-- grain: one row a unit and field that has a text, by unit code and order in the form
-- parameters: assessment_id
SELECT unit_code, field, used
FROM score_value
WHERE assessment_id = :assessment_id AND used <> ''
ORDER BY unit_code, position, field
