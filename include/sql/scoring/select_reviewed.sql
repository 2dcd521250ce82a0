-- grain: one scheme and period of which a review was asked for by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT DISTINCT scheme, period
FROM decision
WHERE kind = 'review_request' AND decided_at <= :as_of_at
ORDER BY scheme, period
