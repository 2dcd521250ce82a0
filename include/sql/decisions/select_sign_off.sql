-- grain: the approval of the newest standing circular of a street's period, none or one; sequence 0: no decision tells of it
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT circular.approved_at, COALESCE(approval.sequence, 0) AS sequence
FROM circular
JOIN assessment ON assessment.id = circular.assessment_id
LEFT JOIN decision AS approval ON approval.kind = 'approval' AND approval.field = circular.id
WHERE assessment.scheme = :scheme
    AND assessment.period = :period
    AND assessment.street_code = :street_code
    AND circular.state = 'issued'
ORDER BY COALESCE(approval.sequence, 0) DESC, assessment.revision DESC
LIMIT 1
