-- grain: one finding about a hand-in answered by the moment; its words are those of the day
-- parameters: as_of_at
-- writes: nothing
SELECT finding.sha256, finding.check_code, finding.field, finding.severity, finding.outcome, finding.found
FROM finding
WHERE EXISTS (
    SELECT 1
    FROM delivery
    WHERE delivery.sha256 = finding.sha256 AND delivery.answered_at <= :as_of_at
)
ORDER BY finding.sha256, finding.check_code, finding.field
