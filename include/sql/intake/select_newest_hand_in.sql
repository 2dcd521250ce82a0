-- grain: the last accepted hand-in of a unit, of any scheme
-- parameters: unit_code
-- writes: nothing
SELECT scheme, period, unit_code, sha256
FROM submission
WHERE unit_code = :unit_code AND status = 'accepted'
    AND NOT EXISTS (
        SELECT 1
        FROM submission AS newer
        WHERE newer.unit_code = submission.unit_code
            AND newer.scheme = submission.scheme
            AND newer.form = submission.form
            AND newer.period = submission.period
            AND newer.status = 'accepted'
            AND newer.version > submission.version
    )
ORDER BY received_at DESC, period DESC, sha256
LIMIT 1
