-- grain: one content that came after sign-off, answered by the moment, of whose unit and period a review was decided since: it may have been let in by it
-- parameters: as_of_at
-- writes: nothing
SELECT DISTINCT delivery.sha256
FROM delivery
JOIN decision ON decision.unit_code = delivery.unit_code AND decision.period = delivery.signed_off_period
WHERE delivery.answered_at <= :as_of_at
    AND delivery.signed_off_period IS NOT NULL
    AND decision.kind = 'review'
    AND decision.decided_at > :as_of_at
