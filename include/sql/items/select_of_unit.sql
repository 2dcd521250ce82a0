-- grain: one item of other kinds than rectification of subjects, or held by them
-- parameters: any_code
-- writes: nothing
SELECT id, unit_code, holder, step
FROM rectification_item
WHERE kind <> 'rectification' AND (unit_code IN :any_code OR (holder IN :any_code AND step IS NOT NULL))
ORDER BY id
