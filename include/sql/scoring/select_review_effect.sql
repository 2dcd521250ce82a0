-- grain: one revision that a granted review let something into, with the unit's total before and after
-- parameters: decision_id
-- writes: nothing
SELECT restatement.assessment_id, total.old AS old_total, total.new AS new_total
FROM restatement
LEFT JOIN restatement AS total
    ON total.assessment_id = restatement.assessment_id
    AND total.unit_code = restatement.unit_code
    AND total.kind = 'total'
WHERE restatement.kind = 'cause' AND restatement.cause = 'review' AND restatement.source = :decision_id
ORDER BY restatement.assessment_id
