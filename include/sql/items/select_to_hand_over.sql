-- grain: one item of subjects that ended, those that are open first, by deadline
-- parameters: any_code, the subjects
-- writes: nothing
SELECT id, scheme, unit_code, indicator, is_open, state
FROM rectification_item
WHERE kind = 'rectification' AND unit_code IN :any_code
ORDER BY is_open DESC, deadline, id
