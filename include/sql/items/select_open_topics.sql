-- grain: one item of any kind and system that is open at a unit, or whose step it holds, by the last day that runs
-- parameters: unit_code
-- writes: nothing
SELECT id, problem, COALESCE(step_due_date, deadline) AS due_date
FROM rectification_item
WHERE is_open AND (unit_code = :unit_code OR (holder_scope = 'community' AND holder = :unit_code))
ORDER BY due_date, problem, id
