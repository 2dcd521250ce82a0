-- grain: one request for a review, or the answer to one, of a period, oldest first
-- parameters: scheme, period
-- writes: nothing
SELECT id, kind, unit_code, field, value, reason, decided_by, decided_at, sequence
FROM decision
WHERE scheme = :scheme AND period = :period AND kind IN ('review_request', 'review', 'review_refused')
ORDER BY sequence
