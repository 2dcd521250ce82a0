-- grain: one approved circular of a street's period, with the moment of its withdrawal where there was one by `as_of_at`
-- parameters: scheme, period, circulars (pattern of the circulars' ids), as_of_at
-- writes: nothing
SELECT approval.sequence, approval.decided_at AS approved_at, MIN(withdrawal.decided_at) AS withdrawn_at
FROM decision AS approval
LEFT JOIN decision AS withdrawal
    ON withdrawal.kind = 'withdrawal'
    AND withdrawal.field = approval.field
    AND withdrawal.sequence > approval.sequence
    AND withdrawal.decided_at <= :as_of_at
WHERE approval.kind = 'approval'
    AND approval.scheme = :scheme
    AND approval.period = :period
    AND approval.field LIKE :circulars
    AND approval.decided_at <= :as_of_at
GROUP BY approval.sequence, approval.decided_at
ORDER BY approval.sequence
