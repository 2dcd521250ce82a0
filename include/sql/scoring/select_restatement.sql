-- grain: one thing that moved, or one cause, by unit: causes, figures, points, problems, then totals, ranks, grade, status
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, kind, field, previous_id, form, label, source_cell, old, new, moved, cause, source, why
FROM restatement
WHERE assessment_id = :assessment_id
ORDER BY
    unit_code,
    CASE kind
        WHEN 'cause' THEN 1 WHEN 'figure' THEN 2 WHEN 'points' THEN 3 WHEN 'problem' THEN 4 WHEN 'total' THEN 5
        WHEN 'rank' THEN 6 WHEN 'grade' THEN 7 ELSE 8
    END,
    position, field
