-- grain: one notice to a unit that carried files about items of rectification, the last one first
-- parameters: kind, unit_code
-- writes: nothing
SELECT attachments
FROM notice
WHERE unit_code = :unit_code AND kind = :kind AND attachments <> '[]'
ORDER BY due_at DESC, id
